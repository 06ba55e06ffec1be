import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import {
  type BenchmarkOptions,
  type BenchmarkProgress,
  type BenchmarkResult,
  type BenchmarkRow,
  benchmark,
} from '../index'
import { random } from './support/bytes'
import { nativeStrategies } from './support/native-strategies'
import { mountOf, scratch } from './support/place'
import { isMaking } from './support/unnamed'

jest.setTimeout(60_000)

const directory = scratch('benchmark', mountOf('ext4') ?? undefined)
const at = (name: string) => join(directory, name)
const SIZE = 20_000

/** A look at a small file. */
const small = (options: BenchmarkOptions = {}) =>
  benchmark({ where: directory, size: SIZE, buffers: [100, 1000], iterations: 3, ...options })

const files = () => readdirSync(directory).filter((name) => name.startsWith('zero-copy-rs-bench'))
afterEach(() => expect(files()).toEqual([]))

function rowOf({ rows }: BenchmarkResult, strategy: BenchmarkRow['strategy'], bufferSize: number | null) {
  const row = rows.find((each) => each.strategy === strategy && each.bufferSize === bufferSize)
  if (row === undefined) throw new Error(`no row of ${strategy} with ${bufferSize}`)
  return row
}

/** Type 7, written once more: sorted, linear between neighbours. */
function quantile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * p
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
  return below + (above - below) * (place - Math.floor(place))
}

test('the original’s modes run with each buffer, the others once, and auto says what it picked', async () => {
  const result = await small()
  expect(result).toMatchObject({
    format: 'zero-copy-rs benchmark',
    formatVersion: 1,
    complete: true,
    command: 'file',
    options: { sizes: [SIZE], buffers: [100, 1000], iterations: 3, cold: false, quick: false, file: null },
  })
  expect(result.options.strategies).toEqual([...nativeStrategies, 'auto'])
  const modes = ['read_write', 'mmap_write', 'sendfile'].flatMap((name) => [`${name} 100`, `${name} 1000`])
  const others = ['copy_file_range', 'splice', 'reflink', 'direct', 'auto'].map((name) => `${name} null`)
  expect(result.rows.map(({ strategy, bufferSize }) => `${strategy} ${bufferSize}`)).toEqual([
    ...modes,
    ...others,
  ])
  expect(rowOf(result, 'read_write', 100).syscalls).toEqual({ pread64: 200, pwrite64: 200 })
  expect(rowOf(result, 'mmap_write', 1000).syscalls).toEqual({ pwrite64: 20 })
  expect(rowOf(result, 'auto', null).ran).toBe(result.auto.picks)
  expect(result.auto.attempts.at(-1)).toMatchObject({ strategy: result.auto.picks, outcome: 'finished' })
  expect(result.auto.why).toContain(`auto picks ${result.auto.picks}: `)
  for (const row of result.rows) {
    expect(row.runs).toBe(row.unavailable === null ? 3 : 0)
    expect(row.durationMs === null).toBe(row.unavailable !== null)
  }
  expect(result.environment).toMatchObject({ node: process.versions.node, cache: 'hot', route: null })
  expect(Date.now() - Date.parse(result.environment.date)).toBeLessThan(60_000)
})

test('rows are the medians and spreads of their samples', async () => {
  const result = await small({ strategies: ['read_write', 'auto'], iterations: 7 })
  expect(result.samples).toHaveLength(21)
  result.rows.forEach((row, index) => {
    const reports = result.samples.filter((sample) => sample.row === index).map(({ report }) => report)
    const times = reports.map(({ durationMs }) => durationMs)
    const median = quantile(times, 0.5)
    const mad = quantile(
      times.map((time) => Math.abs(time - median)),
      0.5,
    )
    const known = { median, mad, p10: quantile(times, 0.1), p90: quantile(times, 0.9) }
    const spread = { ...known, min: Math.min(...times), max: Math.max(...times) }
    for (const [name, value] of Object.entries(spread)) {
      expect(row.durationMs?.[name as 'median']).toBeCloseTo(value, 9)
    }
    expect(row.cpuMs?.median).toBeCloseTo(
      quantile(
        reports.map(({ cpu }) => cpu.totalMs),
        0.5,
      ),
      9,
    )
    const faults = reports.map(({ pageFaults }) => pageFaults.minor)
    expect(row.pageFaults.minor).toBe(quantile(faults, 0.5))
    expect(row.cpuCopies).toEqual(reports.at(-1)?.cpuCopies)
  })
})

test('each round runs all once, in an order of its own', async () => {
  const { samples } = await small({ strategies: ['read_write', 'mmap_write', 'auto'] })
  const rounds = [1, 2, 3].map((round) =>
    samples.filter((sample) => sample.round === round).map(({ row }) => row),
  )
  for (const order of rounds) expect([...order].sort()).toEqual([0, 1, 2, 3, 4])
  expect(rounds[0]).not.toEqual(rounds[1])
  expect(samples.map(({ round }) => round)).toEqual([...samples.map(({ round }) => round)].sort())
})

test('it is plain data, a table as text, and a record as JSON', async () => {
  const result = await small({ strategies: ['sendfile', 'auto'] })
  expect(JSON.parse(JSON.stringify(result))).toEqual(structuredClone(result))
  const lines = String(result).split('\n')
  expect(lines[0]).toMatch(/^random bytes, 20\.0 kB, disk to disk, \w+ \(.*\), hot, Linux /)
  expect(lines[1]).toMatch(/^strategy +buffer +moving +± +CPU +rate +copies +system calls$/)
  expect(lines[2]).toMatch(
    /^sendfile +100 +[\d.]+ ms +\d+ % +[\d.]+ ms +[\d.]+ [MG]B\/s +1 +sendfile 1, lseek 1$/,
  )
  expect(lines[4]).toMatch(/^auto /)
  expect(inspect(result)).toContain(lines[2])
})

test('progress comes after each run, with all that is known until then', async () => {
  const seen: BenchmarkProgress[] = []
  const partial: BenchmarkResult[] = []
  const result = await small({
    strategies: ['read_write', 'auto'],
    onProgress(progress) {
      seen.push(progress)
      partial.push(progress.result)
    },
  })
  expect(seen.map(({ done, total }) => [done, total])).toEqual(
    Array.from({ length: 9 }, (_, i) => [i + 1, 9]),
  )
  expect(seen.map(({ latest }) => latest)).toEqual(result.samples)
  partial.forEach((part, i) => {
    expect(part.complete).toBe(false)
    expect(part.samples).toEqual(result.samples.slice(0, i + 1))
    expect(part.rows.reduce((sum, { runs }) => sum + runs, 0)).toBe(i + 1)
  })
  expect(partial.at(-1)?.rows).toEqual(result.rows)
  for (const { remainingMs } of seen) expect(remainingMs).toBeGreaterThanOrEqual(0)
  expect(seen.at(-1)?.remainingMs).toBe(0)
})

test('a file of the caller’s is moved, is named by its base name, and stays', async () => {
  const content = random(3, 54_321)
  writeFileSync(at('mine'), content)
  const result = await benchmark({ file: at('mine'), where: directory, buffers: [4096], iterations: 1 })
  expect(result.options).toMatchObject({ file: 'mine', sizes: [54_321] })
  expect(result.samples.every(({ report }) => report.bytes === 54_321)).toBe(true)
  expect(readFileSync(at('mine')).equals(content)).toBe(true)
})

test('several sizes are measured one after the other', async () => {
  const result = await small({ size: [1000, 30_000], strategies: ['auto'] })
  expect(result.samples.map(({ size, report }) => [size, report.bytes])).toEqual(
    [1000, 1000, 1000, 30_000, 30_000, 30_000].map((size) => [size, size]),
  )
  expect(String(result).split('\n')[1]).toMatch(/^ *size +strategy/)
})

test('quick is two buffers and three times, unless it is said otherwise', async () => {
  const quick = await benchmark({ where: directory, size: 1000, strategies: ['read_write'], quick: true })
  expect(quick.options).toMatchObject({ buffers: [64, 512], iterations: 3, quick: true })
  const more = { quick: true, iterations: 1, buffers: [7] }
  const told = await benchmark({ where: directory, size: 1000, strategies: ['read_write'], ...more })
  expect(told.options).toMatchObject(more)
})

describe('an interrupted benchmark removes its files and keeps what it measured:', () => {
  const stopping = async (options: BenchmarkOptions) => {
    const error = await small(options).then(
      () => {
        throw new Error('it was measured to the end')
      },
      (reason) => reason,
    )
    expect(files()).toEqual([])
    return error
  }

  test('by its signal, between two runs', async () => {
    const controller = new AbortController()
    const onProgress = ({ done }: BenchmarkProgress) => done === 4 && controller.abort('enough')
    const error = await stopping({ signal: controller.signal, onProgress })
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
    expect(error.result).toMatchObject({ complete: false, format: 'zero-copy-rs benchmark' })
    expect(error.result.samples).toHaveLength(4)
    expect(error.stack).toContain('benchmark.test')
  })

  test('by its signal, in the middle of a run', async () => {
    const controller = new AbortController()
    // Two hundred million calls: minutes.
    const endless = { size: 100_000_000, buffers: [1], strategies: ['read_write'] as const }
    const running = stopping({ ...endless, signal: controller.signal })
    while (!isMaking('self', directory)) await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    const error = await running
    expect(error.code).toBe('ABORT_ERR')
    expect(error).not.toHaveProperty('result')
  })

  test('by a signal that was aborted before', async () => {
    expect(await stopping({ signal: AbortSignal.abort() })).toMatchObject({ code: 'ABORT_ERR' })
  })

  test('by what onProgress throws', async () => {
    const thrown = new Error('no more')
    const onProgress = () => {
      throw thrown
    }
    expect(await stopping({ onProgress })).toBe(thrown)
  })

  test('by a source that changes', async () => {
    writeFileSync(at('mine'), random(4, 40_000))
    const onProgress = ({ done }: BenchmarkProgress) => done === 2 && writeFileSync(at('mine'), 'other')
    const error = await stopping({ file: at('mine'), size: undefined, onProgress })
    const words = 'The file was changed while it was measured, benchmark'
    expect(error).toMatchObject({ code: 'ERR_SOURCE_CHANGED', path: at('mine'), name: 'ZeroCopyError' })
    expect(error.message).toBe(`ERR_SOURCE_CHANGED: ${words} '${at('mine')}'`)
    expect(error.result.samples).toHaveLength(2)
    expect(error.result.complete).toBe(false)
  })
})

describe('from file to socket', () => {
  test('over loopback each is measured that can write a socket', async () => {
    const result = await small({ network: true })
    expect(result.command).toBe('network')
    expect(result.environment.route).toMatchObject({
      host: '127.0.0.1',
      address: '127.0.0.1',
      interface: 'lo',
      port: expect.any(Number),
    })
    for (const row of result.rows) {
      const isPossible = !['copy_file_range', 'reflink', 'direct'].includes(row.strategy)
      expect([row.strategy, row.unavailable === null]).toEqual([row.strategy, isPossible])
      expect(row.deliveredMs !== null && row.receiverCpuMs !== null).toBe(isPossible)
    }
    expect(rowOf(result, 'sendfile', 100).cpuCopies.count).toBe(0)
    expect(rowOf(result, 'read_write', 1000).syscalls).toEqual({ pread64: 20, sendto: 20 })
    expect(String(result).split('\n')[1]).toContain('delivered')
  })

  test('a peer elsewhere gets all of it in a connection for each run', async () => {
    const received: Promise<number>[] = []
    const server = createServer((socket: Socket) => {
      let bytes = 0
      const all = new Promise<number>((resolve) => socket.on('end', () => resolve(bytes)))
      socket.on('data', (chunk) => {
        bytes += chunk.length
      })
      received.push(all)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    try {
      const peer = { host: 'localhost', port }
      const result = await small({ network: peer, strategies: ['splice', 'auto'] })
      expect(await Promise.all(received)).toEqual([SIZE, SIZE, SIZE, SIZE, SIZE, SIZE])
      expect(result.environment.route).toMatchObject({ host: 'localhost', port, address: '127.0.0.1' })
      expect(rowOf(result, 'splice', null)).toMatchObject({ receiverCpuMs: null, unavailable: null })
    } finally {
      server.close()
    }
    const refused = small({ network: { host: '127.0.0.1', port } })
    await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED', call: 'connect' })
  })
})
