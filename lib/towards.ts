/** Where a probe of the network looks: an address, whatever it was asked by. */

import { lookup } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import { integer, invalidType, invalidValue } from './arguments'
import { closedForWriting, connected } from './closed'
import type { Failure } from './failure'

/** A host that somebody may connect to. */
export interface Host {
  host: string
  /** Routes do not depend on it. */
  port?: number | undefined
}

export function isSocket(where: unknown): where is Socket {
  return typeof (where as Partial<Socket> | null)?.setNoDelay === 'function'
}

/** A URL has a host too, and is a path. */
export function isHost(where: unknown): where is Host {
  return typeof where === 'object' && where !== null && 'host' in where && !('href' in where)
}

/** The address that a connection would be made to, as Node would choose it. */
export async function addressOfHost({ host, port }: Host): Promise<string> {
  if (typeof host !== 'string') throw invalidType('where.host', 'of type string', host)
  if (host === '') throw invalidValue('where.host', 'must not be empty', host)
  integer('where.port', port, 0, 65_535)
  const { address } = isIP(host) === 0 ? await lookup(host) : { address: host }
  return address
}

/** The peer's address; null: the socket has none, as those of files have not. */
export async function addressOfSocket(socket: Socket): Promise<string | null | Failure> {
  const failure = (await connected(socket)) ?? closedForWriting(socket)
  if (failure !== null) return failure
  return socket.remoteAddress ?? null
}
