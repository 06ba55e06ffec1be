/** Real pairs of connected sockets, and what comes out of them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { cert, key } from './certificate'

/** Two ends of one connection. */
export interface Ends {
  ours: Socket
  peer: Socket
}

/** Closed with the test, in whatever state it left them. */
const open: { destroy(): void }[] = []

export function closeAll(): void {
  for (const each of open.splice(0)) each.destroy()
}

const OPTIONS = { allowHalfOpen: true, pauseOnConnect: true }

async function accepted(server: Server, event: string, dial: () => Socket): Promise<Ends> {
  await once(server, 'listening')
  const ours = dial()
  open.push(ours)
  const [[peer]] = (await Promise.all([once(server, event), connected(ours, event)])) as [[Socket], unknown]
  open.push(peer)
  server.close()
  return { ours, peer }
}

const connected = (socket: Socket, event: string) =>
  once(socket, event === 'connection' ? 'connect' : 'secureConnect')

export function tcp(options: object = {}): Promise<Ends> {
  const server = createServer({ ...OPTIONS, ...options }).listen(0, '127.0.0.1')
  const dial = () => connect({ port: (server.address() as AddressInfo).port, ...OPTIONS, ...options })
  return accepted(server, 'connection', dial)
}

let sockets = 0

export function unix(directory: string): Promise<Ends> {
  const path = join(directory, `socket-${++sockets}`)
  const server = createServer(OPTIONS).listen(path)
  return accepted(server, 'connection', () => connect({ path, allowHalfOpen: true }))
}

export function tls(): Promise<Ends> {
  const server = createTlsServer({ ...OPTIONS, key, cert }).listen(0, '127.0.0.1')
  const dial = () =>
    connectTls({
      port: (server.address() as AddressInfo).port,
      ca: cert,
      servername: 'localhost',
      allowHalfOpen: true,
    } as object)
  return accepted(server, 'secureConnection', dial)
}

/** A child that says what it got on its standard input, as `cat` does. */
export function cat(): { child: ChildProcess; stdin: Socket; stdout: Socket } {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] })
  open.push({ destroy: () => child.kill('SIGKILL') })
  return { child, stdin: child.stdin as unknown as Socket, stdout: child.stdout as unknown as Socket }
}

/** All that comes, until the end; the socket is not destroyed. */
export function drained(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('end', () => resolve(Buffer.concat(chunks)))
    socket.once('error', reject)
    socket.resume() // pauseOnConnect has paused it
  })
}

/** So many bytes, or what there is until the end; later ones stay in the socket. */
export function bytesFrom(socket: Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let left = length
  return new Promise((resolve) => {
    const done = () => {
      socket.off('readable', take).off('end', done).off('close', done)
      resolve(Buffer.concat(chunks))
    }
    const take = () => {
      while (left > 0 && socket.readableLength > 0) {
        const chunk = socket.read(Math.min(left, socket.readableLength)) as Buffer
        chunks.push(chunk)
        left -= chunk.length
      }
      if (left === 0) done()
      else socket.read(0)
    }
    socket.on('readable', take).on('end', done).on('close', done)
    take()
  })
}

/** Resolves with the code of its error, or null, once it is closed. */
export function closing(socket: Socket): Promise<string | null> {
  return new Promise((resolve) => {
    let code: string | null = null
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code ?? error.message
    })
    socket.on('close', () => resolve(code))
    if (socket.closed) resolve(code)
  })
}

/** Null, or how two buffers differ: megabytes are not worth printing. */
export function unlike(found: Buffer, wanted: Buffer): string | null {
  if (found.equals(wanted)) return null
  const at = found.findIndex((byte, i) => byte !== wanted[i])
  return `${found.length} bytes, ${wanted.length} wanted, different from byte ${at}`
}
