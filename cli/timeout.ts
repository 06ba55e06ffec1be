/** Giving up on a peer of whom nothing is seen. */

import { InvalidArgumentError } from 'commander'

const LONGEST_SECONDS = 2_147_483

/** Seconds, fractions too; answers milliseconds. */
export function parseTimeout(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (seconds >= 0.001 && seconds <= LONGEST_SECONDS) return seconds * 1000
  throw new InvalidArgumentError(`Expected seconds, from 0.001 to ${LONGEST_SECONDS}.`)
}

class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT'
}

/** Runs out when nothing was seen for so long. Its signal is aborted then, and when the command's own is. */
export class Patience {
  readonly signal: AbortSignal
  private readonly own = new AbortController()
  private readonly timer: NodeJS.Timeout | undefined
  private bytes = 0

  /** `ms`: undefined is for ever. `what` did not come: `no connection to [::1]:8080`. */
  constructor(
    outer: AbortSignal,
    ms: number | undefined,
    private what: string,
  ) {
    this.signal = AbortSignal.any([outer, this.own.signal])
    if (ms !== undefined) this.timer = setTimeout(() => this.runOut(ms), ms)
  }

  /** Something was seen: now this is waited for. */
  now(what: string, bytes = this.bytes): void {
    this.what = what
    this.bytes = bytes
    this.timer?.refresh()
  }

  end(): void {
    clearTimeout(this.timer)
  }

  /** Rejects when the signal is aborted, with what {@link reasonOf} would say; never resolves. */
  async over<T>(work: Promise<T>): Promise<T> {
    const { signal } = this
    let stop = () => {}
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(this.reasonOf(null))
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
    try {
      return await Promise.race([work, stopped])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Why it really was: an aborted transfer knows only that it was aborted. */
  reasonOf(error: unknown): unknown {
    if (!this.signal.aborted) return error
    const { reason } = this.signal
    if (reason instanceof TimeoutError) return reason
    const { bytes } = this
    return (error as { code?: unknown } | null)?.code === 'ABORT_ERR'
      ? error
      : Object.assign(new Error(`stopped by ${reason}`), { code: 'ABORT_ERR', cause: reason, bytes })
  }

  private runOut(ms: number): void {
    const after = this.bytes > 0 ? `, after ${this.bytes} bytes` : ''
    const error = new TimeoutError(`ETIMEDOUT: ${this.what} within ${ms / 1000} s${after}`)
    this.own.abort(Object.assign(error, { bytes: this.bytes }))
  }
}
