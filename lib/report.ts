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
  /** Whether the destination appeared, or was replaced, whole; false: written in place. Null: it has no name. */
  atomic: boolean | null
  /** Why it was written in place; null where it was not. */
  atomicReason: string | null
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
  atomicReason: string | null
  durable: boolean | null
  notPreserved: string[]

  /** Who has no numbers of the binding's gives the facts; what follows from them is worked out here. */
  constructor(facts: Omit<TransferReport, 'bytesPerSecond'>) {
    this.strategy = facts.strategy
    this.bytes = facts.bytes
    this.bytesShared = facts.bytesShared
    this.bytesSkipped = facts.bytesSkipped
    this.bufferSize = facts.bufferSize
    this.durationMs = facts.durationMs
    this.totalMs = facts.totalMs
    this.cpu = facts.cpu
    this.bytesPerSecond = rate(this.bytes - this.bytesShared - this.bytesSkipped, this.durationMs)
    this.syscalls = facts.syscalls
    this.contextSwitches = facts.contextSwitches
    this.pageFaults = facts.pageFaults
    this.deviceReads = facts.deviceReads
    this.deviceWrites = facts.deviceWrites
    this.cpuCopies = facts.cpuCopies
    this.attempts = facts.attempts
    this.atomic = facts.atomic
    this.atomicReason = facts.atomicReason
    this.durable = facts.durable
    this.notPreserved = facts.notPreserved
  }

  /** Reads kind 0. */
  static read(this: void, n: Float64Array, text: string): Report {
    return reportAt(n, 2, pieces(text), 0).report
  }

  toString(): string {
    return line(this)
  }

  [inspect.custom](depth: number): string {
    return depth < 0 ? '[TransferReport]' : lines(this)
  }
}

/** Where the next report begins. */
interface Read {
  report: Report
  nextNumber: number
  nextPiece: number
}

/**
 * Reads a report whose numbers begin at `o` and whose words at `w`: `n[o + 19]` counts the entries of `syscalls`
 * that follow, two numbers each; then come the attempts.
 */
export function reportAt(n: Float64Array, o: number, words: readonly string[], w: number): Read {
  const entries = at(n, o + 19)
  const lost = piece(words, w + 1)
  const attempts = attemptsAt(n, o + 20 + 2 * entries, words, w + 3)
  const report = new Report({
    strategy: strategyAt(n, o),
    bytes: at(n, o + 1),
    bytesShared: at(n, o + 2),
    bytesSkipped: at(n, o + 3),
    bufferSize: orNull(at(n, o + 4)),
    durationMs: at(n, o + 5),
    totalMs: at(n, o + 6),
    cpu: { totalMs: at(n, o + 7), userMs: orNull(at(n, o + 8)), systemMs: orNull(at(n, o + 9)) },
    syscalls: countsAt(n, o + 20, entries),
    contextSwitches: { voluntary: at(n, o + 10), involuntary: at(n, o + 11) },
    pageFaults: { minor: at(n, o + 12), major: at(n, o + 13) },
    deviceReads: orNull(at(n, o + 14)),
    deviceWrites: orNull(at(n, o + 15)),
    cpuCopies: { count: orNull(at(n, o + 16)), basis: words[w] as string },
    attempts,
    atomic: flag(at(n, o + 17)),
    atomicReason: piece(words, w + 2),
    durable: flag(at(n, o + 18)),
    notPreserved: lost === null ? [] : lost.split(','),
  })
  return {
    report,
    nextNumber: o + 21 + 2 * entries + 6 * attempts.length,
    nextPiece: w + 3 + attempts.length,
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
