/** A transfer that somebody looks at: its signal stops it, its progress is told. */

import { clearInterval, setInterval } from 'node:timers'
import { Failure } from './failure'
import { at, orNull } from './numbers'
import type { Progress } from './options'
import type { TransferReport } from './report'
import type { Transfer } from './transfer'

/** What of the options concerns a transfer under way. */
export interface Watch<P = Progress> {
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: P) => void) | undefined
  readonly intervalMs: number
}

/** setInterval takes no more, and makes 1 of what is more. */
const LONGEST_INTERVAL = 2 ** 31 - 1

/** Waits for the outcome; leaves no listener and no timer, however it ends. `whole`: what a success amounts to. */
export async function watched<T, P extends object>(
  transfer: Transfer<T, P>,
  { signal, onProgress, intervalMs }: Watch<P>,
  whole: (result: T) => P,
): Promise<T | Failure> {
  const stop = () => transfer.stop()
  const meter = onProgress && new Meter(transfer, onProgress, intervalMs)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted) stop()
    const result = await transfer.outcome
    meter?.finish(result instanceof Failure ? null : whole(result))
    return result
  } finally {
    meter?.stop()
    signal?.removeEventListener('abort', stop)
  }
}

/** Of what moves from one place to another. */
export function progressAt(n: Float64Array): Progress {
  return { bytes: at(n, 0), total: orNull(at(n, 1)) }
}

export function wholeOf({ bytes }: TransferReport): Progress {
  return { bytes, total: bytes }
}

/** Reads the counters from time to time and tells what is new. */
class Meter<P extends object> {
  private readonly timer: NodeJS.Timeout
  private last: P | null = null
  private thrown: { error: unknown } | null = null

  constructor(
    private readonly transfer: Transfer<unknown, P>,
    private readonly tell: (progress: P) => void,
    intervalMs: number,
  ) {
    this.timer = setInterval(() => this.poll(), Math.min(intervalMs, LONGEST_INTERVAL))
    this.timer.unref()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  /**
   * The last tick, before the promise resolves; null: it failed. Throws what the callback threw, now or on its
   * way.
   */
  finish(whole: P | null): void {
    if (this.thrown !== null) throw this.thrown.error
    if (whole !== null) this.tick(whole)
  }

  private poll(): void {
    const progress = this.transfer.progress()
    if (progress === null || this.thrown !== null) return
    try {
      this.tick(progress)
    } catch (error) {
      this.thrown = { error }
      this.stop()
      this.transfer.stop()
    }
  }

  private tick(progress: P): void {
    if (this.last !== null && !isNews(this.last, progress)) return
    this.last = progress
    const { tell } = this
    tell({ ...progress })
  }
}

/** Nothing less than before, and something else. */
function isNews<P extends object>(last: P, next: P): boolean {
  const before = Object.values(last) as (number | null)[]
  const after = Object.values(next) as (number | null)[]
  const isLess = after.some((value, i) => value !== null && value < (before[i] ?? 0))
  return !isLess && after.some((value, i) => value !== before[i])
}
