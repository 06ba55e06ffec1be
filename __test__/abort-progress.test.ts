import { AsyncLocalStorage } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { copyFile, type Progress, type TransferReport } from '../index'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-abort-'))
const source = join(dir, 'source')
const destination = join(dir, 'to')
const SIZE = 5_000_001
writeFileSync(source, Buffer.alloc(SIZE, 'abort'))
afterAll(() => rmSync(dir, { recursive: true }))
afterEach(() => rmSync(destination, { force: true }))

/** Ten million system calls: slow enough that whatever happens at the first tick happens in the middle. */
const SLOW = { strategy: 'read_write', bufferSize: 1, progressIntervalMs: 1 } as const

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

/** Stops a slow copy once some bytes have moved. */
async function stopped(stop: (controller: AbortController) => void) {
  const controller = new AbortController()
  const { signal } = controller
  const seen: Progress[] = []
  const onProgress = (progress: Progress) => {
    seen.push(progress)
    if (progress.bytes > 0) stop(controller)
  }
  const error = await copyFile(source, destination, { ...SLOW, signal, onProgress }).catch((thrown) => thrown)
  return { error, seen, signal }
}

describe('a signal', () => {
  test('that was aborted before rejects before anything is touched', async () => {
    const reason = new Error('no longer wanted')
    const signal = AbortSignal.abort(reason)
    const error = await copyFile('/nope', destination, { signal }).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', bytes: 0, attempts: [] })
    expect(error.cause).toBe(reason)
    expect(error.message).toBe('The operation was aborted')
    expect(existsSync(destination)).toBe(false)
    expect(listeners(signal)).toBe(0)
  })

  test('stops a copy in the middle, and the error says how far it was', async () => {
    const reason = { any: 'value' }
    const { error, seen, signal } = await stopped((controller) => controller.abort(reason))
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
    expect(error).toBeInstanceOf(Error)
    expect(error.cause).toBe(reason)
    expect(error.bytes).toBeGreaterThanOrEqual(seen.at(-1)?.bytes ?? SIZE)
    expect(error.bytes).toBeLessThan(SIZE)
    expect(error.attempts).toEqual([expect.objectContaining({ strategy: 'read_write', bytes: error.bytes })])
    expect(error.stack).toMatch(/at (async )?stopped/)
    expect(listeners(signal)).toBe(0)
  })

  test('aborted at once stops a copy that has just begun', async () => {
    const controller = new AbortController()
    const copy = copyFile(source, destination, { ...SLOW, signal: controller.signal })
    controller.abort()
    await expect(copy).rejects.toMatchObject({ name: 'AbortError', cause: controller.signal.reason })
    expect(listeners(controller.signal)).toBe(0)
  })

  test('that times out is the cause', async () => {
    const signal = AbortSignal.timeout(5)
    const error = await copyFile(source, destination, { ...SLOW, signal }).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } })
  })

  test('has no listener left after success and after failure, and aborting later changes nothing', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const report = await copyFile(source, destination, { signal })
    expect(listeners(signal)).toBe(0)
    await copyFile('/nope', destination, { signal }).catch(() => {})
    expect(listeners(signal)).toBe(0)
    controller.abort()
    expect(report.bytes).toBe(SIZE)
    expect(readFileSync(destination)).toHaveLength(SIZE)
  })

  test('stops many copies at once, and only those that have it', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const all = Array.from({ length: 20 }, (_, i) => {
      const options = i % 2 === 0 ? { ...SLOW, signal } : {}
      return copyFile(source, `${destination}${i}`, options)
    })
    controller.abort()
    const results = await Promise.allSettled(all)
    expect(results.map(({ status }) => status)).toEqual(
      results.map((_, i) => (i % 2 === 0 ? 'rejected' : 'fulfilled')),
    )
    expect(listeners(signal)).toBe(0)
  })
})

describe('progress', () => {
  async function watched(options = {}): Promise<[Progress[], TransferReport]> {
    const seen: Progress[] = []
    const report = await copyFile(source, destination, { ...options, onProgress: (each) => seen.push(each) })
    return [seen, report]
  }

  test('grows to the total, and is never told twice', async () => {
    const [seen, report] = await watched({ ...SLOW, bufferSize: 16 })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.at(-1)).toEqual({ bytes: SIZE, total: SIZE })
    expect(report.bytes).toBe(SIZE)
    const bytes = seen.map((each) => each.bytes)
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b))
    expect(new Set(seen.map((each) => `${each.bytes}/${each.total}`)).size).toBe(seen.length)
    for (const { total } of seen) expect([SIZE, null]).toContain(total)
  })

  test('of a quick copy is told once, before the promise resolves', async () => {
    const [seen] = await watched({ progressIntervalMs: 60_000 })
    expect(seen).toEqual([{ bytes: SIZE, total: SIZE }])
  })

  test('of an empty file is told once', async () => {
    const seen: Progress[] = []
    writeFileSync(join(dir, 'empty'), '')
    await copyFile(join(dir, 'empty'), destination, { onProgress: (each) => seen.push(each) })
    expect(seen).toEqual([{ bytes: 0, total: 0 }])
  })

  test('of a range counts the range', async () => {
    const [seen] = await watched({ offset: 1_000_000, length: 3_000_000 })
    expect(seen.at(-1)).toEqual({ bytes: 3_000_000, total: 3_000_000 })
  })

  test('of a failed copy is not told', async () => {
    const onProgress = jest.fn()
    await copyFile('/nope', destination, { onProgress }).catch(() => {})
    expect(onProgress).not.toHaveBeenCalled()
  })

  test('that throws in the middle stops the copy, which rejects with that very error', async () => {
    const mine = new Error('mine')
    const { stack } = mine
    let calls = 0
    const { error, seen } = await stopped(() => {
      calls++
      throw mine
    })
    expect(error).toBe(mine)
    expect(error.stack).toBe(stack)
    expect(calls).toBe(1)
    expect(seen.at(-1)?.bytes).toBeLessThan(SIZE)
  })

  test('that throws at the end rejects too', async () => {
    const thrown = 'not even an error'
    const onProgress = () => {
      throw thrown
    }
    await expect(copyFile(source, destination, { onProgress, progressIntervalMs: 60_000 })).rejects.toBe(
      thrown,
    )
  })

  test('that aborts is an abort', async () => {
    const { error } = await stopped((controller) => controller.abort())
    expect(error).toMatchObject({ name: 'AbortError' })
  })

  test('is told in the context of the call', async () => {
    const storage = new AsyncLocalStorage<string>()
    const stores = new Set<string | undefined>()
    const onProgress = () => stores.add(storage.getStore())
    await storage.run('the caller', () =>
      copyFile(source, destination, { ...SLOW, bufferSize: 64, onProgress }),
    )
    expect([...stores]).toEqual(['the caller'])
  })
})

test('nothing keeps the process alive once the copy is over', () => {
  const script = `
    const { copyFile } = require('./dist')
    const { signal } = new AbortController()
    copyFile(process.argv[1], process.argv[2], { signal, onProgress() {}, progressIntervalMs: 3600_000 })
      .then((report) => console.log(report.bytes))`
  const started = performance.now()
  const child = spawnSync(process.execPath, ['-e', script, source, destination], {
    cwd: resolve(__dirname, '..'),
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(child).toMatchObject({ status: 0, stdout: `${SIZE}\n`, stderr: '' })
  expect(performance.now() - started).toBeLessThan(30_000)
})
