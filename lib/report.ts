import { inspect } from 'node:util'
import { calls } from './binding'
import { at, attemptsAt, flag, orNull, piece, pieces, strategyAt } from './numbers'
import { line, lines } from './receipt'
import type { Strategy } from './strategies'

/** One strategy's part in a transfer. */
export interface Attempt {
  strategy: Strategy
  /** Moved or shared by this attempt. */
  bytes: number
  durationMs: number
  /**
   * `refused`: the kernel would not do it this way. `avoided`: not tried, by choice (an option, the
   * environment, what the ends are). `failed`: only in an error's attempts.
   */
  outcome: 'finished' | 'refused' | 'avoided' | 'failed'
  reason: string | null
  /** Node's name of the kernel's answer; absent where the kernel was not asked or did not refuse. */
  code?: string
  /** Negative, as Node's. */
  errno?: number
  /** The system call, as strace names it. */
  syscall?: string
}

/** How many times a CPU copies each byte on this host, and how that is known. */
export interface CpuCopies {
  /** Null: nobody can tell. */
  count: number | null
  basis: string
}

/**
 * What a transfer did: every number was counted, or read from the kernel.
 *
 * Times are milliseconds, sizes bytes, rates bytes per second. What is absent or can't be known is null,
 * never 0. `console.log` prints it readably, `JSON.stringify` whole, `String` as one line: `sendfile = 0.123
 * sec, 1.2 GB/s, 1 CPU copy`.
 *
 * @see getrusage(2), clock_gettime(2)
 */
export interface TransferReport {
  /** The one that finished; null: there was nothing to move (an empty source, the same file). */
  strategy: Strategy | null
  /** Of the range: moved + shared + skipped. */
  bytes: number
  /** By reflink: the destination refers to the source's extents. */
  bytesShared: number
  /** As holes. */
  bytesSkipped: number
  /** Null: this strategy has no user buffer. */
  bufferSize: number | null
  /** The moving loops of all attempts: no queueing, open, sync, close. */
  durationMs: number
  /** The whole call. */
  totalMs: number
  /**
   * Of the threads that moved the bytes, while they did. `totalMs` is CLOCK_THREAD_CPUTIME_ID's; the split is
   * RUSAGE_THREAD's, which counts in ticks of 1 to 10 ms: null under 100 ms.
   */
  cpu: { totalMs: number; userMs: number | null; systemMs: number | null }
  /** Moved bytes over `durationMs`; null when none were moved. */
  bytesPerSecond: number | null
  /**
   * How often each system call was made that moves, shares, allocates or probes bytes, whatever it returned.
   * The keys are strace's names, the numbers what `strace -c` would count.
   */
  syscalls: Record<string, number>
  contextSwitches: { voluntary: number; involuntary: number }
  pageFaults: { minor: number; major: number }
  /** Bytes really read from a device: was the source cold? Null where not accounted (tmpfs). */
  deviceReads: number | null
  /** Bytes charged for writing to a device; null where not accounted. */
  deviceWrites: number | null
  cpuCopies: CpuCopies
  /** In order. */
  attempts: Attempt[]
  /** Whether the destination was replaced whole; false: written in place. */
  atomic: boolean | null
  /** Whether data and names were on disk before the promise resolved. */
  durable: boolean | null
  /** What of the source the destination did not get: `xattrs`, `ownership`, `setuid`, ... */
  notPreserved: string[]
}

/**
 * Plain data with two ways to print itself. Built at once, in a fixed shape: a getter would survive no
 * `structuredClone`.
 */
export class Report implements TransferReport {
  strategy: Strategy | null
  bytes: number
  bytesShared: number
  bytesSkipped: number
  bufferSize: number | null
  durationMs: number
  totalMs: number
  cpu: TransferReport['cpu']
  bytesPerSecond: number | null
  syscalls: Record<string, number>
  contextSwitches: TransferReport['contextSwitches']
  pageFaults: TransferReport['pageFaults']
  deviceReads: number | null
  deviceWrites: number | null
  cpuCopies: CpuCopies
  attempts: Attempt[]
  atomic: boolean | null
  durable: boolean | null
  notPreserved: string[]

  /** `n[21]` counts the entries of `syscalls` that follow, two numbers each; then come the attempts. */
  constructor(n: Float64Array, text: string) {
    const words = pieces(text)
    const entries = at(n, 21)
    const lost = piece(words, 1)
    this.strategy = strategyAt(n, 2)
    this.bytes = at(n, 3)
    this.bytesShared = at(n, 4)
    this.bytesSkipped = at(n, 5)
    this.bufferSize = orNull(at(n, 6))
    this.durationMs = at(n, 7)
    this.totalMs = at(n, 8)
    this.cpu = { totalMs: at(n, 9), userMs: orNull(at(n, 10)), systemMs: orNull(at(n, 11)) }
    this.bytesPerSecond = rate(this.bytes - this.bytesShared - this.bytesSkipped, this.durationMs)
    this.syscalls = countsAt(n, 22, entries)
    this.contextSwitches = { voluntary: at(n, 12), involuntary: at(n, 13) }
    this.pageFaults = { minor: at(n, 14), major: at(n, 15) }
    this.deviceReads = orNull(at(n, 16))
    this.deviceWrites = orNull(at(n, 17))
    this.cpuCopies = { count: orNull(at(n, 18)), basis: words[0] as string }
    this.attempts = attemptsAt(n, 22 + 2 * entries, words, 2)
    this.atomic = flag(at(n, 19))
    this.durable = flag(at(n, 20))
    this.notPreserved = lost === null ? [] : lost.split(',')
  }

  toString(): string {
    return line(this)
  }

  [inspect.custom](depth: number): string {
    return depth < 0 ? '[TransferReport]' : lines(this)
  }
}

function countsAt(n: Float64Array, first: number, entries: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let o = first; o < first + 2 * entries; o += 2) counts[calls[at(n, o)] as string] = at(n, o + 1)
  return counts
}

function rate(moved: number, durationMs: number): number | null {
  return moved > 0 && durationMs > 0 ? (moved * 1000) / durationMs : null
}
