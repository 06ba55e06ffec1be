/** What the peer sees when a socket of ours is closed in any other way than on purpose. */

import type { Socket } from 'node:net'
import { binding } from './binding'

/**
 * From now on every closing of the connection is a reset: a crash and a `kill -9` too, in which the kernel closes it. Otherwise
 * it would end the stream as if all had been sent, and the peer would take a part for the whole.
 *
 * Without the binding nothing changes: Node has no SO_LINGER.
 *
 * @see socket(7)
 */
export function resetWhenClosed(socket: Socket): void {
  setLinger(socket, 0)
}

/** What is queued is sent, then the end of the stream: as it was before {@link resetWhenClosed}. */
export function endWhenClosed(socket: Socket): void {
  setLinger(socket, -1)
}

/** UNIX sockets have the option and ignore it. */
function setLinger(socket: Socket, seconds: number): void {
  const { fd } = (socket as { _handle?: { fd?: unknown } | null })._handle ?? {}
  if (typeof fd === 'number' && fd >= 0) binding?.setLinger(fd, seconds)
}
