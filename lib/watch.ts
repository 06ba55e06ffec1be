/** A transfer that somebody looks at: its signal stops it, its progress is told. */

import { clearInterval, setInterval } from 'node:timers'
import type { NativeTransfers } from './binding'
import { Failure } from './failure'
import { at, numbers, orNull } from './numbers'
import type { Progress } from './options'
import type { TransferReport } from './report'

/** What of the options concerns a transfer under way. */
export interface Watch {
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
  readonly intervalMs: number
}

/** setInterval takes no more, and makes 1 of what is more. */
const LONGEST_INTERVAL = 2 ** 31 - 1

/** Waits for the outcome of `id`; leaves no listener and no timer, however it ends. */
export async function watched<T extends TransferReport>(
  native: NativeTransfers,
  id: number,
  outcome: Promise<T | Failure>,
  { signal, onProgress, intervalMs }: Watch,
): Promise<T | Failure> {
  const stop = () => native.cancel(id)
  const meter = onProgress && new Meter(native, id, onProgress, intervalMs)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const result = await outcome
    meter?.finish(result)
    return result
  } finally {
    meter?.stop()
    signal?.removeEventListener('abort', stop)
  }
}

/** Reads the binding's counter from time to time and tells what is new. */
class Meter {
  private readonly timer: NodeJS.Timeout
  private last: Progress | null = null
  private thrown: { error: unknown } | null = null

  constructor(
    private readonly native: NativeTransfers,
    private readonly id: number,
    private readonly tell: (progress: Progress) => void,
    intervalMs: number,
  ) {
    this.timer = setInterval(() => this.poll(), Math.min(intervalMs, LONGEST_INTERVAL))
    this.timer.unref()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  /** The last tick, before the promise resolves. Throws what the callback threw, now or on its way. */
  finish(result: TransferReport | Failure): void {
    if (this.thrown !== null) throw this.thrown.error
    if (!(result instanceof Failure)) this.tick(result.bytes, result.bytes)
  }

  private poll(): void {
    if (!this.native.progress(this.id, numbers)) return
    try {
      this.tick(at(numbers, 0), orNull(at(numbers, 1)))
    } catch (error) {
      this.thrown = { error }
      this.stop()
      this.native.cancel(this.id)
    }
  }

  private tick(bytes: number, total: number | null): void {
    const { last } = this
    if (last !== null && (bytes < last.bytes || (bytes === last.bytes && total === last.total))) return
    this.last = { bytes, total }
    const { tell } = this
    tell({ bytes, total })
  }
}
