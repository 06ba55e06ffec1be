/** One connection into one file. */

import type { Socket } from 'node:net'
import type { ReceiveOptions, TransferReport, ZeroCopyError } from '../index'
import { endWhenClosed, resetWhenClosed } from '../lib/linger'
import { receiveWithin } from '../lib/receive'
import { addressText, peerOf } from './address'
import { bufferSizeOf } from './buffer'
import type { Fate } from './fate'
import type { Mode } from './mode'
import { reasonOf } from './network'
import type { ProgressBar } from './progress'
import type { Patience } from './timeout'

export interface Wanted {
  mode: Mode
  bufferSize: number | undefined
  maxBytes: number | undefined
  expectBytes: number | undefined
  fate: Fate
  overwrite?: boolean
}

export interface Watch {
  patience: Patience
  bar: ProgressBar | null
}

export interface Taken {
  report: TransferReport
  from: string
}

/**
 * Receives what comes on `socket`, until its peer ends the stream. Until the file is whole every end of the connection is a
 * reset, so that the peer does not take it for a success.
 *
 * Nothing here may read: libuv takes a reset that comes with unread bytes for the end of the stream (POLLHUP after a partial
 * read, uv__stream_io), and a part would be taken for the whole. The kernel says ECONNRESET to whoever reads it natively.
 */
export async function take(
  socket: Socket,
  file: string | Buffer,
  wanted: Wanted,
  { patience, bar }: Watch,
): Promise<Taken> {
  resetWhenClosed(socket)
  // Whoever waits is told.
  socket.on('error', () => {})
  const peer = peerOf(socket)
  const from = addressText(peer)
  const { expectBytes } = wanted
  const options: ReceiveOptions = {
    strategy: wanted.mode.strategy,
    bufferSize: bufferSizeOf(wanted),
    ...wanted.fate,
    overwrite: wanted.overwrite,
    signal: patience.signal,
    onProgress({ bytes, total }) {
      patience.now(`no byte from ${from}`, bytes)
      bar?.onProgress({ bytes, total: total ?? expectBytes ?? null })
    },
  }
  try {
    patience.now(`no byte from ${from}`)
    const report = await receiveWithin(socket, file, limitsOf(wanted), options).finally(bar?.stop)
    endWhenClosed(socket)
    socket.end(() => socket.destroy())
    return { report, from }
  } catch (error) {
    socket.destroy()
    throw withoutBytes(error, from) ?? reasonOf(patience.reasonOf(error), socket, peer)
  }
}

/** A connection without a byte is no file, unless that is what was expected: a port scanner's looks the same. */
function limitsOf({
  expectBytes,
  maxBytes = Number.MAX_SAFE_INTEGER,
}: Wanted): [least: number, most: number] {
  return expectBytes === undefined ? [Math.min(1, maxBytes), maxBytes] : [expectBytes, expectBytes]
}

function withoutBytes(error: unknown, from: string): Error | null {
  const { code, bytes } = error as Partial<ZeroCopyError>
  if (code !== 'ERR_SOURCE_TRUNCATED' || bytes !== 0) return null
  return Object.assign(new Error(`${code}: ${from} ended the connection without a byte`), { code, bytes })
}
