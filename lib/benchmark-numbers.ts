/** How a benchmark comes over from the binding: kinds 4 (its beginning), 5 (a run) and 6 (its end) of lib/numbers.ts. */

import type {
  BenchmarkEnvironment,
  BenchmarkRoute,
  BenchmarkRow,
  BenchmarkSample,
  BenchmarkWarning,
  Spread,
} from './benchmark-types'
import { calls } from './binding'
import { at, flag, orNull, piece, pieces, strategyAt } from './numbers'
import { reportAt } from './report'
import { strategies } from './strategies'

/** What is known before anything is measured; of the rest this side knows. */
export interface Began {
  environment: Omit<BenchmarkEnvironment, 'cache' | 'node' | 'route'>
  route: Omit<BenchmarkRoute, 'host'>
  rows: BenchmarkRow[]
}

/** A run that is over. */
export interface Ran {
  index: number
  done: number
  total: number
  /** What the row is now, but for what it was asked. */
  row: Omit<BenchmarkRow, 'size' | 'strategy' | 'bufferSize'>
  /** Null: it is unavailable. */
  sample: Pick<BenchmarkSample, 'round' | 'deliveredMs' | 'receiverCpuMs' | 'report'> | null
}

const WORDS_BEFORE_ROWS = 7

/** Reads kind 4. Each row is a word: size, strategy's index and buffer. */
export function beganAt(n: Float64Array, text: string): Began {
  const words = pieces(text)
  const [kernel = '', cpu = '', fileSystem = '', device = '', version = '', address = '', name = ''] = words
  const environment = {
    date: new Date(at(n, 2)).toISOString(),
    kernel,
    cpu,
    cores: at(n, 3),
    memoryBytes: at(n, 4),
    fileSystem,
    device,
    loadAverage: at(n, 5),
    version,
  }
  const route = {
    port: at(n, 6),
    address,
    interface: name,
    scatterGather: flag(at(n, 7)),
    checksumOffload: flag(at(n, 8)),
  }
  const rows = words.slice(WORDS_BEFORE_ROWS).filter(Boolean).map(rowOf)
  return { environment, route, rows }
}

function rowOf(word: string): BenchmarkRow {
  const [size, strategy, buffer] = word.split(' ').map(Number) as [number, number, number]
  return {
    size,
    strategy: strategies[strategy] ?? 'auto',
    ran: null,
    bufferSize: orNull(buffer),
    runs: 0,
    durationMs: null,
    totalMs: null,
    deliveredMs: null,
    cpuMs: null,
    receiverCpuMs: null,
    bytesPerSecond: null,
    syscalls: {},
    contextSwitches: { voluntary: 0, involuntary: 0 },
    pageFaults: { minor: 0, major: 0 },
    deviceReads: null,
    deviceWrites: null,
    cpuCopies: { count: null, basis: 'it did not run' },
    unavailable: null,
  }
}

/** Reads kind 5: null when there was nothing left to run. */
export function ranAt(n: Float64Array, text: string): Ran | null {
  if (at(n, 2) === 0) return null
  const words = pieces(text)
  const [row, o] = rowAt(n, 6, words)
  const sample =
    at(n, o) === 0
      ? null
      : {
          round: at(n, o + 1),
          deliveredMs: orNull(at(n, o + 2)),
          receiverCpuMs: orNull(at(n, o + 3)),
          report: reportAt(n, o + 4, words, 2).report,
        }
  return { index: at(n, 3), done: at(n, 4), total: at(n, 5), row, sample }
}

/** And where the numbers go on. */
function rowAt(n: Float64Array, o: number, words: readonly string[]): [Ran['row'], number] {
  const spreads = [0, 1, 2, 3, 4, 5].map((i) => spreadAt(n, o + 2 + 6 * i)) as SixSpreads
  const [durationMs, totalMs, deliveredMs, cpuMs, receiverCpuMs, bytesPerSecond] = spreads
  const p = o + 2 + 36
  const count = at(n, p + 7)
  const row = {
    ran: strategyAt(n, o),
    runs: at(n, o + 1),
    durationMs,
    totalMs,
    deliveredMs,
    cpuMs,
    receiverCpuMs,
    bytesPerSecond,
    syscalls: {} as Record<string, number>,
    contextSwitches: { voluntary: at(n, p), involuntary: at(n, p + 1) },
    pageFaults: { minor: at(n, p + 2), major: at(n, p + 3) },
    deviceReads: orNull(at(n, p + 4)),
    deviceWrites: orNull(at(n, p + 5)),
    cpuCopies: { count: orNull(at(n, p + 6)), basis: words[0] as string },
    unavailable: piece(words, 1),
  }
  for (let c = p + 8; c < p + 8 + 2 * count; c += 2) {
    row.syscalls[calls[at(n, c)] as string] = at(n, c + 1)
  }
  return [row, p + 8 + 2 * count]
}

type MaybeSpread = Spread | null
type SixSpreads = [MaybeSpread, MaybeSpread, MaybeSpread, MaybeSpread, MaybeSpread, MaybeSpread]

function spreadAt(n: Float64Array, o: number): MaybeSpread {
  if (Number.isNaN(at(n, o))) return null
  const [median, mad, p10, p90, min, max] = n.subarray(o, o + 6) as unknown as number[]
  return { median, mad, p10, p90, min, max } as Spread
}

const KINDS = ['noisy', 'throttled', 'cached', 'short'] as const

/** Reads kind 6. */
export function warningsAt(n: Float64Array, text: string): BenchmarkWarning[] {
  const words = pieces(text)
  return Array.from({ length: at(n, 2) }, (_, i) => ({
    kind: KINDS[at(n, 3 + i)] ?? 'noisy',
    message: words[2 * i] ?? '',
    rows: (words[2 * i + 1] ?? '').split(',').filter(Boolean).map(Number),
  }))
}
