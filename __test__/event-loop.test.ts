// Nothing on the event loop waits for a file or for a reader. None of it is timed: what would block could not end.

import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { copyFile, copyFileSync } from '../index'
import { random, writeSparse } from './support/bytes'
import { saidIn } from './support/child'
import { Fifo, turn } from './support/fifo'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('event-loop')
const at = (name: string) => join(directory, name)
const content = random(1, 1_000_003)
writeFileSync(at('source'), content)
writeSparse(at('endless'), 2 ** 31, [])

let fifos = 0
function withFifo(): Fifo {
  return new Fifo(at(`fifo-${fifos++}`))
}

/** What arrives in a FIFO that is read in this very loop, a piece a turn, until the copy into it is done. */
async function received(fifo: Fifo, copy: Promise<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = []
  let done = false
  const end = copy.finally(() => {
    done = true
  })
  for (; !done; await turn()) pieces.push(fifo.read())
  await end
  for (let piece = fifo.read(); piece.length > 0; piece = fifo.read()) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a copy that waits for its reader', () => {
  test.each([undefined, 'read_write', 'mmap_write', 'sendfile', 'splice'] as const)(
    'by %s is read by the same event loop',
    async (strategy) => {
      const fifo = withFifo()
      const copy = copyFile(at('source'), fifo.path, { strategy })
      const found = await received(fifo, copy)
      expect(found.equals(content)).toBe(true)
      expect(await copy).toMatchObject({ bytes: content.length })
      fifo.close()
    },
  )

  test('of a range, too', async () => {
    const fifo = withFifo()
    const copy = copyFile(at('source'), fifo.path, { offset: 99_999, length: 500_001 })
    expect((await received(fifo, copy)).equals(content.subarray(99_999, 600_000))).toBe(true)
    fifo.close()
  })

  test('is not finished before it is read, whatever else goes on', async () => {
    const fifo = withFifo()
    let done = false
    const copy = copyFile(at('source'), fifo.path).finally(() => {
      done = true
    })
    await fifo.firstBytes()
    for (let turns = 0; turns < 1000; turns++) await turn()
    await copyFile(at('source'), at('meanwhile'))
    copyFileSync(at('source'), at('meanwhile'))
    expect((await stat(at('meanwhile'))).size).toBe(content.length)
    expect(done).toBe(false)
    await received(fifo, copy)
    fifo.close()
  })
})

test('the loop turns while a copy runs', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const seen: number[] = []
  const slow = { strategy: 'read_write', sparse: 'never', bufferSize: 1 } as const
  const options = { ...slow, progressIntervalMs: 1, signal } as const
  const copy = copyFile(at('endless'), at('to'), { ...options, onProgress: ({ bytes }) => seen.push(bytes) })
  // It would take an hour: only a turn of the loop can end it.
  for (let turns = 0; turns < 1000 || seen.length < 3; turns++) await turn()
  controller.abort()
  await expect(copy).rejects.toMatchObject({ code: 'ABORT_ERR' })
})

test('many outcomes at once are taken in turns', async () => {
  writeFileSync(at('empty'), '')
  let turns = 0
  const counting = setImmediate(function count() {
    turns++
    again = setImmediate(count)
  })
  let again = counting
  const seen = new Set<number>()
  await Promise.all(
    Array.from({ length: 2000 }, () => copyFile(at('empty'), at('to')).then(() => seen.add(turns))),
  )
  clearImmediate(again)
  // 64 a turn at most: 2000 take more than 31.
  expect(seen.size).toBeGreaterThan(31)
})

describe("libuv's pool", () => {
  /** Its one thread waits in open(2), for a writer; everything else of Node's that is asynchronous waits behind it. */
  const BLOCKED = `
    const [source, to, fifo] = args
    require('node:child_process').execFileSync('mkfifo', [fifo])
    let opened = false
    const opening = fs.promises.open(fifo).then((handle) => { opened = true; return handle })
    let node = 'waits'
    const nodes = fs.promises.stat(source).then(() => { node = 'done' })
    const handle = { fd: fs.openSync(source) }`
  const RELEASED = `
    say([opened, node])
    fs.closeSync(fs.openSync(fifo, 'w'))
    await (await opening).close()
    await nodes
    say(node)`

  async function blocked(body: string) {
    const args = [at('source'), at('to'), at(`fifo-${fifos++}`)]
    return saidIn(BLOCKED + body + RELEASED, { args, env: { UV_THREADPOOL_SIZE: '1' } })
  }

  test('is not used by copies: they are done while its only thread is blocked', async () => {
    const said = await blocked(`
      say((await Promise.all(Array.from({ length: 20 }, () => copyFile(source, to)))).map(({ bytes }) => bytes))
      say((await copyFile(handle.fd, to, { strategy: 'splice', onProgress() {} })).bytes)`)
    expect(said).toEqual([Array(20).fill(content.length), content.length, [false, 'waits'], 'done'])
  })

  test('is not used by probe, nor by what fails or is aborted', async () => {
    const said = await blocked(`
      say((await probe(to.slice(0, to.lastIndexOf('/')))).native)
      say(await copyFile('/nope', to).catch(({ code }) => code))
      const signal = AbortSignal.timeout(5)
      say(await copyFile('/dev/zero', to, { length: 2 ** 50, strategy: 'read_write', bufferSize: 1, signal })
        .catch(({ code }) => code))`)
    expect(said).toEqual([true, 'ENOENT', 'ABORT_ERR', [false, 'waits'], 'done'])
  })
})

test('a copy is not held up by others that wait for readers, where a thread is left', async () => {
  const fifo = at('blocked')
  execFileSync('mkfifo', [fifo])
  const end = openSync(fifo, 'r+')
  const said = await saidIn(
    `const [source, to, fifo] = args
    const controller = new AbortController()
    const { signal } = controller
    const waiting = [0, 1, 2].map(() => copyFile(source, fifo, { signal }).catch(({ code }) => code))
    for (let n = 0; n < 20; n++) say((await copyFile(source, to)).bytes)
    controller.abort()
    say(await Promise.all(waiting))`,
    { args: [at('source'), at('to'), fifo], env: { ZERO_COPY_RS_THREADS: '4' } },
  )
  closeSync(end)
  expect(said).toEqual([...Array(20).fill(content.length), ['ABORT_ERR', 'ABORT_ERR', 'ABORT_ERR']])
})
