/**
 * Native or stream? And why.
 *
 * What a socket is decides, not what its descriptor would accept: that of a TLS socket takes plain bytes and
 * puts them on the encrypted wire. Everything used here that Node does not document is looked for first; where
 * it is not as expected, the transfer goes through streams.
 */

import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import { Duplex, Writable } from 'node:stream'
import { absence } from './binding'
import { runtime } from './runtime'

/** libuv's side of a socket, as far as it is used. */
export interface Handle {
  readonly fd: number
  /** Whether libuv reads. */
  reading: boolean
  readonly writeQueueSize: number
  readStop(): number
  reset?(closed: () => void): number
  /** Bun's. */
  terminate?(): void
}

/** What Node does not document of a socket. */
export interface Internals {
  _handle?: Handle | null
  _unrefTimer?: () => void
  resetAndClosing?: boolean
  /** Deno's name for it. */
  _resetAndClosing?: boolean
  _readableState?: { ended?: boolean; reading?: boolean }
}

/** What native code is to do with a socket: read from it, or only write to it. */
export type Use = 'read' | 'write'

/** Why this stream has no native way; null: it has one. */
export function whyNotNative(stream: unknown, use: Use): string | null {
  if (absence !== null) return `no native binding: ${absence.message}`
  if (!(stream instanceof Socket)) return 'not a net.Socket'
  if ((stream as { encrypted?: unknown }).encrypted) return 'TLS socket'
  if (stream.constructor !== Socket)
    return `a ${stream.constructor?.name || 'class'} is not a plain net.Socket`
  return whyNotHandle(handleOf(stream), use) ?? whyNotMethods(stream)
}

function whyNotHandle(handle: Handle | null, use: Use): string | null {
  if (runtime === 'Deno') return 'a socket of Deno has no descriptor that can be relied on'
  if (runtime === 'Bun') return whyNotOfBun(handle, use)
  const name = handle?.constructor?.name
  if (name !== 'TCP' && name !== 'Pipe') return 'not a TCP or pipe handle'
  if (!hasDescriptor(handle)) return 'the handle has no descriptor'
  if (typeof handle?.writeQueueSize !== 'number' || typeof handle.readStop !== 'function') {
    return 'the handle is not as Node makes it'
  }
  return null
}

/** Bun's documentation has the descriptor, and its `_write` calls back when the kernel has every byte. */
function whyNotOfBun(handle: Handle | null, use: Use): string | null {
  if (use === 'read') return 'Bun cannot be kept from reading a socket'
  if (!isPlainOfBun(handle)) return 'not a plain socket of Bun'
  return hasDescriptor(handle) && isSocket(handle.fd) ? null : 'the handle has no descriptor'
}

/** TCP or UNIX, without TLS. */
export function isPlainOfBun(handle: Handle | null): boolean {
  return Object.prototype.toString.call(handle) === '[object TCPSocket]'
}

function hasDescriptor(handle: Handle | null): handle is Handle {
  return Number.isInteger(handle?.fd) && (handle as Handle).fd >= 0
}

/** What somebody has put in the place of these sees no bytes that go past it. */
function whyNotMethods(socket: Socket): string | null {
  if (socket.write !== Writable.prototype.write) return 'socket.write is not that of Node'
  if (socket.read !== Socket.prototype.read || socket.unshift !== Duplex.prototype.unshift) {
    return 'socket.read is not that of Node'
  }
  const replaced = ['_write', '_writev', '_read', 'push'].find((name) => Object.hasOwn(socket, name))
  return replaced === undefined ? null : `socket.${replaced} is not that of Node`
}

/** Of another runtime's socket we know nothing but the number. */
function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}

export function handleOf(socket: Socket): Handle | null {
  return (socket as Internals)._handle ?? null
}

/** The descriptor right now; -1: it has none any more. */
export function fdOf(socket: Socket): number {
  return handleOf(socket)?.fd ?? -1
}
