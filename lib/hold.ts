/** Keeps JavaScript and libuv from reading a socket while native code does. */

import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import type { Stream } from './closed'
import { Failure } from './failure'
import { keepOpen } from './half-open'
import { handleOf, type Internals } from './socket'

const NOTHING = new Uint8Array(0)

/** Whether somebody else gets what comes in: a listener, a pipe, an HTTP parser, a buffer of the `onread` option. */
export function readByOthers(stream: Stream): Failure | null {
  const others = stream.listenerCount('data') + stream.listenerCount('readable')
  const { _consumed } = ((stream as Internals)._handle ?? {}) as { _consumed?: boolean }
  if (others === 0 && !_consumed && !hasOwnBuffer(stream)) return null
  return new Failure({ code: 'ERR_SOCKET_BUSY', description: 'somebody else reads the socket' })
}

/** Node keeps the buffer of `onread` under a symbol of its own. */
function hasOwnBuffer(stream: object): boolean {
  const symbol = Object.getOwnPropertySymbols(stream).find((each) => each.description === 'kBuffer')
  return symbol !== undefined && Boolean((stream as Record<symbol, unknown>)[symbol])
}

interface Slots {
  _read: (size: number) => void
}

/** A socket whose reading is ours until one of the three ends of this. */
export class Held {
  /** What JavaScript had read already: at most as much as was wanted. */
  readonly prefix: Uint8Array
  private readonly flowed: boolean
  /** Whether libuv is to read again afterwards. */
  private reads: boolean
  private readonly settleHalfOpen: () => void

  constructor(
    private readonly socket: Socket,
    most = Number.POSITIVE_INFINITY,
  ) {
    this.settleHalfOpen = keepOpen(socket)
    this.flowed = socket.readableFlowing === true
    if (this.flowed) socket.pause()
    const handle = handleOf(socket)
    this.reads = handle?.reading === true
    // Taking the last chunk, or a listener that comes now, would have libuv read on.
    Object.assign(socket, {
      _read: () => {
        this.reads = true
      },
    })
    const wanted = Math.min(most, socket.readableLength)
    this.prefix = wanted > 0 ? (socket.read(wanted) as Buffer) : NOTHING
    handle?.readStop()
    if (handle !== null) handle.reading = false
  }

  /** The stream goes on where native code stopped. */
  resume(): void {
    this.letGo()
    if (this.reads && !this.socket.destroyed) (this.socket as unknown as Slots)._read(0)
    if (this.flowed) this.socket.resume()
  }

  /** As if nothing had happened. */
  undo(): void {
    if (this.prefix.length > 0 && !this.socket.readableEnded) this.socket.unshift(Buffer.from(this.prefix))
    this.resume()
  }

  /** Native code has seen the end, of which nobody has told JavaScript: tells it, and waits until it is heard. */
  async end(): Promise<void> {
    const { socket } = this
    Reflect.deleteProperty(socket, '_read')
    if (!socket.readableEnded && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        socket.once('end', resolve).once('close', resolve)
        if (!(socket as Internals)._readableState?.ended) socket.push(null)
        socket.read(0)
      })
    }
    this.settleHalfOpen()
  }

  /** The socket is of no use any more. */
  letGo(): void {
    Reflect.deleteProperty(this.socket, '_read')
    this.settleHalfOpen()
  }
}
