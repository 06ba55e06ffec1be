/** Benchmarks that never ran, with numbers as a machine of today would give them: the same each time. */

import { autoOf, findingOf } from '../../lib/benchmark-finding'
import type { BenchmarkResult, BenchmarkRow, BenchmarkSample, Spread } from '../../lib/benchmark-types'
import type { TransferReport } from '../../lib/report'

export interface Wish {
  command?: BenchmarkResult['command']
  sizes?: number[]
  buffers?: number[]
  strategies?: BenchmarkRow['strategy'][]
  iterations?: number
  /** After so many runs it was interrupted. */
  stopAfter?: number
  unavailable?: Partial<Record<BenchmarkRow['strategy'], string>>
  cold?: boolean
  file?: string | null
  /** Of the route's interface. */
  scatterGather?: boolean | null
  interface?: string
  warnings?: BenchmarkResult['warnings']
  change?: (result: BenchmarkResult) => void
}

type Name = BenchmarkRow['strategy']

const WITH_BUFFER: readonly Name[] = ['read_write', 'mmap_write', 'sendfile']
const ALL: Name[] = ['read_write', 'mmap_write', 'sendfile', 'copy_file_range', 'splice', 'reflink', 'auto']

export function resultOf(wish: Wish = {}): BenchmarkResult {
  const { command = 'file', sizes = [10_000_000], iterations = 10 } = wish
  const buffers = wish.buffers ?? [32, 64, 128, 256, 512]
  const strategies =
    wish.strategies ?? (command === 'file' ? ALL : ['read_write', 'mmap_write', 'sendfile', 'splice', 'auto'])
  const unavailable =
    wish.unavailable ?? (command === 'file' ? { reflink: 'the file system lacks the operation' } : {})
  const experiment = { command, cold: wish.cold ?? false, random: randomFrom(7), ...wish }
  const asked = sizes.flatMap((size) =>
    strategies.flatMap((strategy) =>
      (WITH_BUFFER.includes(strategy) ? buffers : [null]).map((bufferSize) => ({
        size,
        strategy,
        bufferSize,
      })),
    ),
  )
  const samples: BenchmarkSample[] = []
  for (let round = 1; round <= iterations; round++) {
    for (const [row, ask] of asked.entries()) {
      if (samples.length >= (wish.stopAfter ?? Number.POSITIVE_INFINITY)) continue
      if (unavailable[ask.strategy] === undefined) samples.push(sampleOf(round, row, ask, experiment))
    }
  }
  const rows = asked.map((ask, i) =>
    rowOf(
      ask,
      samples.filter(({ row }) => row === i),
      unavailable[ask.strategy] ?? null,
    ),
  )
  const result: BenchmarkResult = {
    format: 'zero-copy-rs benchmark',
    formatVersion: 1,
    complete: wish.stopAfter === undefined,
    command,
    options: {
      sizes,
      buffers,
      strategies,
      iterations,
      cold: wish.cold ?? false,
      quick: false,
      file: wish.file ?? null,
    },
    environment: environmentOf(wish),
    rows,
    samples,
    warnings: wish.warnings ?? [],
    auto: autoOf(rows, samples),
    finding: findingOf(rows),
  }
  wish.change?.(result)
  return result
}

interface Ask {
  size: number
  strategy: Name
  bufferSize: number | null
}

type Experiment = Pick<Wish, 'scatterGather' | 'interface'> & {
  command: BenchmarkResult['command']
  cold: boolean
  random: () => number
}

/** What a call costs beside its bytes, in ms; what a byte costs for each time that it is copied. */
const CALL_MS = 0.00043
const BYTE_MS = 0.00000027

function sampleOf(
  round: number,
  row: number,
  ask: Ask,
  { command, cold, random, scatterGather }: Experiment,
): BenchmarkSample {
  const network = command === 'network'
  const ran = ask.strategy === 'auto' ? (network ? 'sendfile' : 'copy_file_range') : ask.strategy
  const copies = copiesOf(ran, network, scatterGather ?? true)
  const syscalls = callsOf(ran, ask.size, ask.bufferSize ?? 262_144, network)
  const calls = Object.values(syscalls).reduce((sum, count) => sum + count, 0)
  const cpu =
    calls * CALL_MS + (ran === 'reflink' ? 0.004 : ask.size * BYTE_MS * (copies + (network ? 0.4 : 0.2)))
  const noise = 1 + random() ** 3 * 0.12
  const durationMs = cpu * noise * 1.01 + (cold && ran !== 'reflink' ? ask.size * 6e-7 : 0)
  const shared = ran === 'reflink' ? ask.size : 0
  const report: TransferReport = {
    strategy: ran,
    bytes: ask.size,
    bytesShared: shared,
    bytesSkipped: 0,
    bufferSize: ran === 'read_write' || ran === 'mmap_write' ? ask.bufferSize : null,
    durationMs,
    totalMs: durationMs + 0.06 + random() * 0.05,
    cpu: { totalMs: cpu * (1 + random() * 0.04), userMs: null, systemMs: null },
    bytesPerSecond: shared > 0 ? null : (ask.size * 1000) / durationMs,
    syscalls,
    contextSwitches: {
      voluntary: cold ? Math.round(ask.size / 131_072) : 1,
      involuntary: Math.floor(durationMs / 80 + random()),
    },
    pageFaults: {
      minor: ran === 'mmap_write' ? Math.ceil(ask.size / 65_536) : Math.floor(random() * 2),
      major: cold && ran === 'mmap_write' ? 3 : 0,
    },
    deviceReads: cold && ran !== 'reflink' ? Math.ceil(ask.size / 4096) * 4096 : 0,
    deviceWrites: network ? 0 : ran === 'reflink' ? 4096 : Math.ceil(ask.size / 4096) * 4096,
    cpuCopies: { count: copies, basis: `${ran} makes ${copies} here` },
    attempts: ask.strategy === 'auto' ? attemptsOf(network, ask.size, durationMs) : [],
    atomic: null,
    atomicReason: null,
    durable: null,
    notPreserved: [],
  }
  return {
    round,
    row,
    ...ask,
    deliveredMs: network ? durationMs * 1.4 + 0.2 : null,
    receiverCpuMs: network ? ask.size * BYTE_MS * 1.3 * (1 + random() * 0.1) : null,
    report,
  }
}

function copiesOf(ran: Name, network: boolean, scatterGather: boolean): number {
  if (ran === 'reflink') return 0
  if (ran === 'read_write') return 2
  return network && scatterGather && ran !== 'mmap_write' ? 0 : 1
}

function callsOf(ran: Name, size: number, buffer: number, network: boolean): Record<string, number> {
  const many = Math.ceil(size / buffer)
  const write = network ? 'write' : 'pwrite64'
  if (ran === 'read_write') return { pread64: many + 1, [write]: many }
  if (ran === 'mmap_write') return { [write]: many }
  if (ran === 'reflink') return { ioctl: 1 }
  const turns = Math.ceil(size / 2 ** (network ? 20 : 30))
  if (ran === 'splice') return { splice: 2 * Math.ceil(size / 2 ** 18) }
  return { [ran]: turns }
}

function rowOf(ask: Ask, samples: BenchmarkSample[], unavailable: string | null): BenchmarkRow {
  const reports = samples.map(({ report }) => report)
  const middle = (pick: (report: TransferReport) => number) => quantile(reports.map(pick), 0.5)
  const names = [...new Set(reports.flatMap(({ syscalls }) => Object.keys(syscalls)))]
  const last = reports.at(-1)
  const counted = reports.length > 0
  return {
    ...ask,
    ran: last?.strategy ?? null,
    runs: samples.length,
    durationMs: spreadOf(reports.map(({ durationMs }) => durationMs)),
    totalMs: spreadOf(reports.map(({ totalMs }) => totalMs)),
    deliveredMs: spreadOf(samples.flatMap(({ deliveredMs }) => deliveredMs ?? [])),
    cpuMs: spreadOf(reports.map(({ cpu }) => cpu.totalMs)),
    receiverCpuMs: spreadOf(samples.flatMap(({ receiverCpuMs }) => receiverCpuMs ?? [])),
    bytesPerSecond: spreadOf(reports.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? [])),
    syscalls: Object.fromEntries(names.map((name) => [name, middle(({ syscalls }) => syscalls[name] ?? 0)])),
    contextSwitches: {
      voluntary: counted ? middle((report) => report.contextSwitches.voluntary) : 0,
      involuntary: counted ? middle((report) => report.contextSwitches.involuntary) : 0,
    },
    pageFaults: {
      minor: counted ? middle((report) => report.pageFaults.minor) : 0,
      major: counted ? middle((report) => report.pageFaults.major) : 0,
    },
    deviceReads: counted ? middle((report) => report.deviceReads ?? 0) : null,
    deviceWrites: counted ? middle((report) => report.deviceWrites ?? 0) : null,
    cpuCopies: last?.cpuCopies ?? { count: null, basis: 'it was not tried' },
    unavailable,
  }
}

function spreadOf(values: number[]): Spread | null {
  if (values.length === 0) return null
  const median = quantile(values, 0.5)
  const mad = quantile(
    values.map((value) => Math.abs(value - median)),
    0.5,
  )
  const [p10, p90] = [quantile(values, 0.1), quantile(values, 0.9)]
  return { median, mad, p10, p90, min: Math.min(...values), max: Math.max(...values) }
}

/** Type 7: linear between the samples. */
function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
  return low + (high - low) * (place % 1)
}

function environmentOf({
  cold,
  command,
  scatterGather = true,
  interface: device = 'eth0',
}: Wish): BenchmarkResult['environment'] {
  return {
    date: '2026-11-22T16:30:00.000Z',
    kernel: '6.18.44',
    cpu: 'AMD EPYC 9B14',
    cores: 2,
    memoryBytes: 8_218_755_072,
    fileSystem: 'ext4',
    device: '/dev/vda1',
    cache: cold ? 'cold' : 'hot',
    loadAverage: 0.31,
    node: '20.20.2',
    version: '0.1.0',
    route:
      command === 'network'
        ? {
            host: 'peer.example',
            port: 8080,
            address: '192.0.2.7',
            interface: device,
            scatterGather,
            checksumOffload: true,
          }
        : null,
  }
}

function attemptsOf(network: boolean, size: number, durationMs: number): TransferReport['attempts'] {
  const finished = { bytes: size, durationMs, outcome: 'finished', reason: null } as const
  if (network) return [{ strategy: 'sendfile', ...finished }]
  const reason = 'this file system shares no extents'
  return [
    { strategy: 'reflink', bytes: 0, durationMs: 0, outcome: 'avoided', reason },
    { strategy: 'copy_file_range', ...finished },
  ]
}

/** Numbers in [0, 1) that are the same each time (Lehmer's generator). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
