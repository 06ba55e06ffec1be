/** Bun and Deno, where the runner has installed them. */

import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Ended, ended, root, said } from './child'
import { skip } from './skip'

const modules = join(root, '.cache', 'runtimes', 'node_modules')

/** `line` starts it with a script. */
const RUNTIMES = [
  { name: 'Bun', program: join(modules, 'bun', 'bin', 'bun'), line: [] },
  {
    name: 'Deno',
    program: join(modules, 'deno', 'deno'),
    line: ['run', '--allow-all', '--no-lock', '--quiet'],
  },
] as const

export type RuntimeName = (typeof RUNTIMES)[number]['name']

/** Those that can be started. */
export function installed(): RuntimeName[] {
  const there = RUNTIMES.filter(({ program }) => existsSync(program))
  for (const { name } of RUNTIMES.filter((each) => !there.includes(each)))
    skip(name, '`npm test` installs it')
  return there.map(({ name }) => name)
}

/** Sockets with both ends in the process; bytes are checked where they arrive. */
const PRELUDE = `
  const fs = require('node:fs')
  const net = require('node:net')
  const { once } = require('node:events')
  const { copyFile, copyFileSync, native, sendFile, receiveFile, relay } = require(${JSON.stringify(root)})
  const [directory, port] = process.argv.slice(2)
  const at = (name) => directory + '/' + name
  const file = at('file')
  const content = fs.readFileSync(file)
  const say = (value) => fs.writeSync(1, JSON.stringify(value) + '\\n')
  const seen = ({ name, code, errno, syscall, path, bytes, strategy, message, attempts, stack }) =>
    ({ name, code, errno, syscall, path, bytes, strategy, message, attempts, frames: stack.split('\\n').length - 1 })
  async function failed(transfer) {
    try { await transfer } catch (error) { return seen(error) }
    throw new Error('it succeeded')
  }
  const how = ({ strategy, bytes, attempts }) => ({ strategy, bytes, reason: attempts[0].reason })
  const OPTIONS = { allowHalfOpen: true, pauseOnConnect: true }
  async function pair(path) {
    const server = net.createServer(OPTIONS).listen(path ?? { port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const accepted = once(server, 'connection')
    const ours = net.connect({ ...(path ? { path } : server.address()), allowHalfOpen: true })
    const [[peer]] = await Promise.all([accepted, once(ours, 'connect')])
    server.close()
    return [ours, peer]
  }
  const dial = async () => {
    const socket = net.connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return socket
  }
  const drained = (socket) => new Promise((resolve, reject) => {
    const chunks = []
    socket.on('data', (chunk) => chunks.push(chunk)).once('error', reject)
    socket.once('end', () => resolve(Buffer.concat(chunks))).resume()
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
`

export class Runtime {
  private scripts = 0
  private readonly program: readonly string[]

  constructor(
    readonly name: RuntimeName,
    private readonly directory: string,
  ) {
    const { program, line } = RUNTIMES.find((each) => each.name === name) as (typeof RUNTIMES)[number]
    this.program = [program, ...line]
    mkdirSync(directory)
  }

  /** The script of this body, the inside of an async function, for this or a worker thread. */
  script(body: string): string {
    const path = join(this.directory, `${++this.scripts}.cjs`)
    writeFileSync(path, `${PRELUDE};(async () => {${body}\n})()`)
    return path
  }

  /** Runs it to its end. Its caches are in the tests' own directory, and it asks nobody for news. */
  run(body: string, args: readonly string[], command: readonly string[] = []): Promise<Ended> {
    const { directory } = this
    const env = {
      ...process.env,
      HOME: directory,
      DENO_DIR: directory,
      DENO_NO_UPDATE_CHECK: '1',
      DO_NOT_TRACK: '1',
    }
    return ended([...command, ...this.program, this.script(body), ...args], env, directory)
  }

  /** What it said, line by line; it must end by itself and complain of nothing. */
  async said<T = unknown>(
    body: string,
    args: readonly string[],
    command: readonly string[] = [],
  ): Promise<T[]> {
    const child = await this.run(body, args, command)
    if (child.status !== 0 || child.stderr !== '') throw new Error(inspect(child))
    return said(child)
  }
}

/** Listens for one connection of the child's, and does with it what a peer does. */
export async function withPeer<T>(
  peer: (socket: Socket) => T,
  child: (port: string) => Promise<unknown>,
): Promise<T> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const arrived = once(server, 'connection').then(([socket]) => peer(socket.on('error', () => {})))
  try {
    const [result] = await Promise.all([arrived, child(`${(server.address() as AddressInfo).port}`)])
    return result
  } finally {
    server.close()
  }
}
