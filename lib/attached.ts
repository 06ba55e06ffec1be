/**
 * A native transfer tied to its sockets: it ends with them, and their timeouts see its bytes.
 */

import { type Stream, whyClosed } from './closed'
import { Failure } from './failure'
import { type TimedSocket, Timeouts } from './timeouts'
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
  const timeouts = new Timeouts(transfer, streams as TimedSocket[])
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
