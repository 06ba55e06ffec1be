/**
 * A transfer in the place of one write.
 *
 * The stream's own queue does the waiting: an empty chunk is written, and when it is its turn, what was
 * written before is with the kernel (JavaScript's queue and libuv's are empty), and what is written after, the
 * end of the stream included, waits until this "write" is done. Corking would do neither: `end()` uncorks.
 */

import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import { whyClosed } from './closed'
import { Failure } from './failure'
import { handleOf } from './socket'

/** Writes a chunk, past the queue; resolves when it has left. */
export type Put = (chunk: Uint8Array) => Promise<void>

type Callback = (error?: Error | null) => void
type Write = (chunk: unknown, encoding: string, callback: Callback) => void

interface Slots {
  _write: Write
  _writev: unknown
}

const EMPTY = Buffer.alloc(0)

/**
 * Runs `transfer` in its turn, on this very call if nothing is queued. A socket that closes, and a signal that
 * comes, before that turn are failures.
 */
export function inTurn<T>(
  socket: Socket,
  transfer: (put: Put) => Promise<T>,
  signal?: AbortSignal,
): Promise<T | Failure> {
  return new Promise((resolve, reject) => {
    const marker = Buffer.alloc(0)
    const slots = socket as unknown as Slots
    const write = slots._write
    const instead = (failure: Failure) => {
      restore()
      signal?.removeEventListener('abort', abort)
      resolve(failure)
    }
    const abort = () => instead(new Failure({ code: 'ABORT_ERR' }))
    const restore = shadow(slots, (chunk, encoding, callback) => {
      if (chunk !== marker) return write.call(socket, chunk, encoding, callback)
      restore()
      signal?.removeEventListener('abort', abort)
      const put: Put = (bytes) => written((done) => write.call(socket, bytes, 'buffer', done))
      const over = (settle: () => void) => {
        callback()
        settle()
      }
      afterLibuv(socket, put, transfer).then(
        (result) => over(() => resolve(result)),
        (error) => over(() => reject(error)),
      )
    })
    signal?.addEventListener('abort', abort)
    socket.write(marker, (error) => {
      if (error) instead(whyClosed(socket, error))
    })
  })
}

/** Nothing may be written several chunks at a time meanwhile: one of them could be the marker. */
function shadow(slots: Slots, write: Write): () => void {
  const before = (['_writev', '_write'] as const).map(
    (name) => [name, Object.getOwnPropertyDescriptor(slots, name)] as const,
  )
  slots._write = write
  slots._writev = null
  let restored = false
  return () => {
    if (restored) return
    restored = true
    // the last one made first: then V8 goes back to the shape that the object had
    for (const [name, own] of before) {
      if (own) Object.defineProperty(slots, name, own)
      else Reflect.deleteProperty(slots, name)
    }
  }
}

/** libuv's own queue is empty by now, unless somebody wrote past the stream. */
async function afterLibuv<T>(socket: Socket, put: Put, transfer: (put: Put) => Promise<T>): Promise<T> {
  while ((handleOf(socket)?.writeQueueSize ?? 0) > 0) await put(EMPTY)
  return transfer(put)
}

/** A promise of what calls back with an error or nothing. */
export function written(start: (done: Callback) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
}
