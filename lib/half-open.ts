import { setImmediate } from 'node:timers'
import type { Stream } from './closed'

/**
 * Keeps Node from ending a socket without `allowHalfOpen` together with its peer.
 *
 * What is returned restores that, after the caller had his turn to answer: Node does the same one turn after
 * 'end', here it is one turn after the promise.
 */
export function keepOpen(stream: Stream): () => void {
  const halfOpen = stream as { allowHalfOpen?: boolean }
  if (halfOpen.allowHalfOpen !== false) return () => {}
  halfOpen.allowHalfOpen = true
  return () => {
    halfOpen.allowHalfOpen = false
    if (stream.readableEnded !== true) return
    setImmediate(() => {
      if (!stream.writableEnded && !stream.destroyed) stream.end?.()
    })
  }
}
