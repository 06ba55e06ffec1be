/**
 * A native transfer tied to its sockets: it ends with them, and their timeouts see its bytes, of which
 * JavaScript sees nothing.
 */

import type { Socket } from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'
import { type Stream, whyClosed } from './closed'
import { Failure } from './failure'
import type { Internals } from './socket'
import type { Transfer } from './transfer'

/**
 * The outcome; if a stream was closed meanwhile, its failure says why. What it emits as 'error' is in the
 * outcome too, so nobody else need listen.
 */
export async function attached<T, P extends object>(
  transfer: Transfer<T, P>,
  streams: readonly Stream[],
  outcome: Promise<T | Failure> = transfer.outcome,
): Promise<T | Failure> {
  if (transfer.settled !== null) return outcome
  let closed: Stream | null = null
  const listeners = streams.map((stream) => {
    const onClose = () => {
      closed ??= stream
      transfer.stop('closed')
    }
    stream.on('error', heard).once('close', onClose)
    return () => {
      stream.off('close', onClose)
      // its error may be yet to come
      if (!stream.destroyed) stream.off('error', heard)
    }
  })
  const timeouts = new Timeouts(transfer, streams as Partial<Socket>[])
  try {
    const result = await outcome
    if (!(result instanceof Failure)) return result
    if (result.code === 'ERR_SOCKET_CLOSED') closed ??= streams.find((each) => each.destroyed) ?? null
    else if (result.code !== 'ABORT_ERR') return result
    return closed === null ? result : whyClosed(closed, result.cause, result)
  } finally {
    timeouts.stop()
    for (const off of listeners) off()
  }
}

const heard = () => {}

/** How often a socket without a timeout is asked whether it has got one. */
const LOOK_MS = 250

/** A timeout is met at most by a quarter too late. */
const PARTS = 4

/** Refreshes the sockets' timeouts while bytes move. A peer that stalls still times out. */
class Timeouts {
  private timer: NodeJS.Timeout
  private seen = ''

  constructor(
    private readonly transfer: Transfer<unknown, object>,
    private readonly sockets: readonly Partial<Socket>[],
  ) {
    this.timer = this.later()
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  private later(): NodeJS.Timeout {
    const waits = this.sockets.map(({ timeout }) => (timeout ? Math.max(timeout / PARTS, 1) : LOOK_MS))
    return setTimeout(() => this.look(), Math.min(LOOK_MS * PARTS, ...waits)).unref()
  }

  private look(): void {
    if (this.sockets.some(({ timeout }) => timeout)) {
      const now = Object.values(this.transfer.progress() ?? {}).join()
      if (now !== this.seen) for (const socket of this.sockets) (socket as Internals)._unrefTimer?.()
      this.seen = now
    }
    this.timer = this.later()
  }
}
