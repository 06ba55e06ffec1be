/** A stream that can take no transfer, or no longer. */

import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { Failure } from './failure'
import { handleOf, type Internals } from './socket'

/** Either face of a stream, or both. */
export type Stream = Partial<Readable & Writable> & NodeJS.EventEmitter

/** What stands in the way of writing to it; null: nothing. */
export function closedForWriting(stream: Stream): Failure | null {
  return closed(stream) ?? (isEnding(stream) ? failure('the socket is ending') : null)
}

function isEnding(stream: Stream): boolean {
  return stream.writableEnded === true || stream.writable === false
}

/** What stands in the way of reading from it; null: nothing. */
export function closedForReading(stream: Stream): Failure | null {
  const there = closed(stream)
  if (there !== null) return there
  if (!hasEnded(stream)) return stream.readable === false ? failure('the socket is not readable') : null
  // An empty stream ends by itself; another one has been read by somebody else.
  return stream.readableEnded && (stream as Partial<Socket>).bytesRead !== 0
    ? failure('the socket has been read to its end')
    : null
}

/** Whether JavaScript has seen the end of what comes in. */
export function hasEnded(stream: Stream): boolean {
  return stream.readableEnded === true || (stream as Internals)._readableState?.ended === true
}

function closed(stream: Stream): Failure | null {
  if (stream.destroyed || stream.closed) return failure('the socket is closed')
  if (stream instanceof Socket && !stream.connecting && stream.pending && handleOf(stream) === null) {
    return failure('the socket is not connected')
  }
  return null
}

function failure(description: string): Failure {
  return new Failure({ code: 'ERR_SOCKET_CLOSED', description })
}

export const BUSY_FAILURE = new Failure({
  code: 'ERR_SOCKET_BUSY',
  description: 'another transfer has this direction of the socket',
})

/** Waits for a socket that is connecting; null: it is connected. Its error is the caller's, not the process's. */
export function connected(stream: Stream, signal?: AbortSignal): Promise<Failure | null> | null {
  if (!(stream instanceof Socket) || !stream.connecting) return null
  return new Promise((resolve) => {
    const settle = (failure: Failure | null) => {
      for (const [event, listener] of listeners) stream.off(event, listener)
      signal?.removeEventListener('abort', abort)
      resolve(failure)
    }
    const abort = () => settle(new Failure({ code: 'ABORT_ERR' }))
    const listeners = [
      ['connect', () => settle(null)],
      ['error', (error: unknown) => settle(whyClosed(stream, error))],
      ['close', () => settle(whyClosed(stream))],
    ] as const
    for (const [event, listener] of listeners) stream.on(event, listener)
    signal?.addEventListener('abort', abort)
  })
}

/** The failure of a transfer whose stream was closed under it: why, where the stream knows. */
export function whyClosed(stream: Stream, known?: unknown, so: Partial<Failure> = {}): Failure {
  const cause = stream.errored ?? known
  const { errno, code, syscall = null } = (cause ?? {}) as NodeJS.ErrnoException
  // libuv cancels what was not written when its handle is closed: that says nothing about why
  if (typeof errno === 'number' && errno < 0 && code !== 'ECANCELED') {
    return new Failure({ ...so, errno: -errno, code: null, call: syscall })
  }
  return new Failure({
    ...so,
    code: 'ERR_SOCKET_CLOSED',
    description: 'the socket was closed',
    cause: cause ?? undefined,
  })
}
