/** Work done by JavaScript, seen and stopped as a transfer of the binding's is, and with a report. */

import { Failure } from './failure'
import type { Progress } from './options'
import { type Attempt, type CpuCopies, Report } from './report'
import type { Transfer } from './transfer'

/** What is known before the work begins. */
export interface Plan {
  /** The strategies that were not to be had, and why. */
  readonly before: readonly Attempt[]
  readonly cpuCopies: CpuCopies
  readonly bufferSize: number
}

/** What the work found beside its bytes. */
interface Found {
  atomic?: boolean
  /** Why it was written in place. */
  atomicReason?: string | null
  durable?: boolean
}

const STOPPED = new Failure({ code: 'ABORT_ERR' })

/** The split of CPU time counts in ticks of up to 10 ms. */
const SPLIT_MS = 100

export class StreamTransfer implements Transfer<Report, Progress> {
  readonly outcome: Promise<Report | Failure>
  readonly settled = null
  bytes = 0
  total: number | null = null
  /** Calls of our own, as strace names them. */
  readonly calls: Record<string, number> = {}
  private readonly stopping: Promise<Failure>
  stop!: (because?: 'closed') => void
  private isClosed = false
  private movedMs = 0
  private readonly started = performance.now()
  private readonly usage = process.resourceUsage()

  /** `work` moves the bytes, and returns a failure or what it found; what it throws is taken for a failure. */
  constructor(
    private readonly plan: Plan,
    work: (self: StreamTransfer) => Promise<Failure | Found>,
  ) {
    this.stopping = new Promise((resolve) => {
      this.stop = (because) => {
        this.isClosed ||= because === 'closed'
        resolve(STOPPED)
      }
    })
    this.outcome = work(this)
      .catch(failureOf)
      .then((result) => (result instanceof Failure ? this.failed(result) : this.report(result)))
  }

  progress(): Progress {
    return { bytes: this.bytes, total: this.total }
  }

  count(call: string): void {
    this.calls[call] = (this.calls[call] ?? 0) + 1
  }

  /**
   * Waits for what may take for ever, or until the transfer is stopped. Where both have happened, an abort counts, and of
   * a stream that was closed the error by which it was.
   */
  orStopped<T>(waiting: Promise<T>): Promise<T | Failure> {
    return Promise.race(this.isClosed ? [waiting, this.stopping] : [this.stopping, waiting])
  }

  /** Runs what moves bytes, on the clock. */
  async moving(loop: () => Promise<Failure | null>): Promise<Failure | null> {
    const began = performance.now()
    try {
      return await loop()
    } finally {
      this.movedMs = performance.now() - began
    }
  }

  private attempt(outcome: Attempt['outcome']): Attempt {
    const { bytes, movedMs: durationMs } = this
    return { strategy: 'stream', bytes, durationMs, outcome, reason: null }
  }

  private failed(failure: Failure): Failure {
    const attempts = [...this.plan.before]
    if (this.bytes > 0 || this.movedMs > 0) attempts.push(this.attempt('failed'))
    return new Failure({ ...failure, strategy: 'stream', bytes: this.bytes, attempts })
  }

  private report({ atomic, atomicReason, durable }: Found): Report {
    const nothing = this.bytes === 0
    const after = process.resourceUsage()
    const spent = (what: keyof NodeJS.ResourceUsage) => after[what] - this.usage[what]
    const [userMs, systemMs] = [spent('userCPUTime') / 1000, spent('systemCPUTime') / 1000]
    const totalMs = userMs + systemMs
    const isLong = totalMs >= SPLIT_MS
    return new Report({
      strategy: nothing ? null : 'stream',
      bytes: this.bytes,
      bytesShared: 0,
      bytesSkipped: 0,
      bufferSize: nothing ? null : this.plan.bufferSize,
      durationMs: this.movedMs,
      totalMs: performance.now() - this.started,
      cpu: { totalMs, userMs: isLong ? userMs : null, systemMs: isLong ? systemMs : null },
      syscalls: this.calls,
      contextSwitches: {
        voluntary: spent('voluntaryContextSwitches'),
        involuntary: spent('involuntaryContextSwitches'),
      },
      pageFaults: { minor: spent('minorPageFault'), major: spent('majorPageFault') },
      deviceReads: null,
      deviceWrites: null,
      cpuCopies: nothing ? { count: null, basis: 'nothing was moved' } : this.plan.cpuCopies,
      attempts: nothing ? [...this.plan.before] : [...this.plan.before, this.attempt('finished')],
      atomic: atomic ?? null,
      atomicReason: atomicReason ?? null,
      durable: durable ?? null,
      notPreserved: [],
    })
  }
}

/** What Node's own calls threw. What the author of a stream threw is his, and is passed on as it is. */
function failureOf(error: unknown): Failure {
  const { errno, code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  // libuv cancels what was not written when its handle is closed
  const isClosed = code === 'ERR_SOCKET_CLOSED' || code === 'ECANCELED'
  if (typeof errno === 'number' && errno < 0 && !isClosed) {
    return new Failure({ errno: -errno, call: syscall ?? null })
  }
  if (isClosed || String(code).startsWith('ERR_STREAM_')) {
    return new Failure({ code: 'ERR_SOCKET_CLOSED', description: 'the stream was closed', cause: error })
  }
  throw error
}
