/** The end of a socket that is of no more use: part of a file has gone over it. */

import { Socket } from 'node:net'
import type { Stream } from './closed'
import { runtime } from './runtime'
import { handleOf, type Internals, isPlainOfBun } from './socket'

const heard = () => {}

/**
 * Destroys it with this error, which its listeners see; nobody need listen, because the call rejects with it.
 *
 * The peer of a TCP socket gets a reset: an orderly end would make it take the part for the whole.
 */
export function destroyWith(stream: Stream, error: Error): void {
  if (stream.destroyed) return
  stream.once('error', heard)
  if (stream instanceof Socket && canReset(stream)) {
    const internals = stream as Internals
    if (runtime === 'Deno') internals._resetAndClosing = true
    else internals.resetAndClosing = true
  }
  stream.destroy?.(error)
}

/** libuv refuses to reset what it is shutting down. A TLS socket's handle knows of no reset. */
function canReset(socket: Socket): boolean {
  if (typeof socket.resetAndDestroy !== 'function' || socket.writableEnded) return false
  const handle = handleOf(socket)
  if (runtime === 'Bun') return isPlainOfBun(handle) && typeof handle?.terminate === 'function'
  const tcp = runtime === 'Deno' ? 'TCPWrap' : 'TCP'
  return handle?.constructor?.name === tcp && typeof handle.reset === 'function'
}
