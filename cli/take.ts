/** One connection into one file. */

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type ReceiveOptions, receiveFile, type TransferReport } from '../index'
import { endWhenClosed, resetWhenClosed } from '../lib/linger'
import { addressText, peerOf } from './address'
import { bufferSizeOf } from './buffer'
import type { Mode } from './mode'
import { reasonOf } from './network'
import type { ProgressBar } from './progress'
import type { Patience } from './timeout'

export interface Wanted {
  mode: Mode
  bufferSize: number | undefined
  maxBytes: number | undefined
  expectBytes: number | undefined
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
 * Receives what comes on `socket`. `file` is asked for when there is something to write.
 *
 * Until the file is whole every end of the connection is a reset, so that the peer does not take it for a success.
 */
export async function take(
  socket: Socket,
  file: () => string | Buffer,
  wanted: Wanted,
  { patience, bar }: Watch,
): Promise<Taken> {
  resetWhenClosed(socket)
  // Whoever waits is told.
  socket.on('error', () => {})
  const peer = peerOf(socket)
  const from = addressText(peer)
  const { expectBytes } = wanted
  try {
    patience.now(`no byte from ${from}`)
    if (expectBytes !== 0 && !(await hasByte(socket, patience))) {
      throw unexpected('ERR_SOURCE_TRUNCATED', `${from} ended the connection without a byte`, 0)
    }
    const options: ReceiveOptions = {
      ...lengthsOf(wanted),
      strategy: wanted.mode.strategy,
      bufferSize: bufferSizeOf(wanted),
      overwrite: wanted.overwrite,
      signal: patience.signal,
      onProgress(progress) {
        patience.now(`no byte from ${from}`, progress.bytes)
        bar?.onProgress(progress)
      },
    }
    const report = await receiveFile(socket, file(), options).finally(bar?.stop)
    if (expectBytes && !socket.readableEnded && (await hasByte(socket, patience))) {
      const message = `${from} sent more than ${expectBytes} bytes`
      throw unexpected('ERR_SIZE_EXCEEDED', message, expectBytes)
    }
    endWhenClosed(socket)
    socket.end(() => socket.destroy())
    return { report, from }
  } catch (error) {
    socket.destroy()
    throw reasonOf(patience.reasonOf(error), socket, peer)
  }
}

/** Waits for a byte, and leaves it where it is; false: the stream has ended. */
async function hasByte(socket: Socket, patience: Patience): Promise<boolean> {
  if (socket.readableLength === 0) await patience.over(once(socket, 'readable'))
  return socket.readableLength > 0
}

/** With both, the stream must end there too. A length of 0 would not be looked for at all. */
function lengthsOf({ expectBytes, maxBytes }: Wanted): ReceiveOptions {
  if (expectBytes === undefined) return { maxBytes }
  return expectBytes === 0 ? { maxBytes: 0 } : { length: expectBytes, maxBytes: expectBytes }
}

function unexpected(code: string, message: string, bytes: number): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code, bytes })
}
