/** Connections: made, waited for, and why not, in one line that names the address. */

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { getSystemErrorMap } from 'node:util'
import { resetWhenClosed } from '../lib/linger'
import { type Address, addressText } from './address'
import type { Patience } from './timeout'

type NetworkError = NodeJS.ErrnoException & { address?: string; errors?: NetworkError[] }

/**
 * Connects, and discards what the peer sends. Until `endWhenClosed` every other end of the connection is a reset: nothing has
 * been sent yet, so that there was none before which could be taken for an end.
 */
export async function connectTo(address: Address, patience: Patience): Promise<Socket> {
  // Half-open: a peer may well end its own side at once, as it has nothing to say.
  const socket = connect({ ...address, allowHalfOpen: true })
  // Whoever waits is told; later ones are seen by whoever uses the socket.
  socket.on('error', () => {})
  try {
    await patience.over(once(socket, 'connect'))
    resetWhenClosed(socket)
    return socket.resume()
  } catch (error) {
    socket.destroy()
    throw networkError(error, 'connect', address)
  }
}

/** A server whose connections are not read from until somebody asks. */
export async function listenOn(address: Address, patience: Patience): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
  server.listen(address)
  try {
    await patience.over(once(server, 'listening'))
    // A connection that can't be accepted is not the end of those that can.
    server.on('error', () => {})
    return server
  } catch (error) {
    server.close()
    throw networkError(error, 'listen', address)
  }
}

/** Why a transfer failed: one that finds its socket closed does not know, but the socket does. */
export function reasonOf(error: unknown, socket: Socket, peer: Address): unknown {
  const { errored } = socket
  const isClosed = errored !== null && (error === errored || codeOf(error) === 'ERR_SOCKET_CLOSED')
  return isClosed ? networkError(errored, 'peer', peer) : error
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** `ECONNREFUSED: connection refused, connect 127.0.0.1:8080` */
export function networkError(
  thrown: unknown,
  call: string,
  address: Parameters<typeof addressText>[0],
): unknown {
  const error = thrown as NetworkError
  const { code, errno, syscall } = error.errors?.[0] ?? error
  if (code === undefined || errno === undefined) return error
  const message = `${code}: ${wordsOf(code, errno)}, ${call} ${addressText(address)}${triedText(error, address)}`
  return Object.assign(new Error(message), { code, errno, syscall })
}

/** Where a name has several addresses, or another than itself, these too. */
function triedText({ errors, ...single }: NetworkError, { host }: { host: string }): string {
  const tried = errors ?? [single]
  const texts = tried.flatMap(({ address, code }) =>
    address === undefined || address === host ? [] : [tried.length > 1 ? `${address} ${code}` : address],
  )
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`
}

function wordsOf(code: string, errno: number): string {
  // Node's table says `unknown node or service`.
  if (code === 'ENOTFOUND') return 'unknown host'
  return getSystemErrorMap().get(errno)?.[1] ?? 'unknown error'
}
