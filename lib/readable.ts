/** Where a file is received from, and where a relay's bytes come from. */

import { Socket } from 'node:net'
import { invalidType, invalidValue } from './arguments'
import type { Stream } from './closed'

/** A Readable by what it can do: those of readable-stream and of other realms too. */
export function asReadable(source: unknown, name: string): Stream {
  const { read, on, unshift } = (source ?? {}) as Record<string, unknown>
  if (typeof source !== 'object' || [read, on, unshift].some((each) => typeof each !== 'function')) {
    throw invalidType(name, 'an instance of Socket or Readable', source)
  }
  if ((source as Stream).readableEncoding)
    throw invalidValue(name, 'must give bytes, so no setEncoding()', source)
  return source as Stream
}

export function asSocket(socket: unknown, name: string): Socket {
  if (!(socket instanceof Socket)) throw invalidType(name, 'an instance of Socket', socket)
  asReadable(socket, name)
  return socket
}
