// Servers in Node, each in a process of its own, and what loads them, on the same host.

import { join } from 'node:path'
import { paths } from './network.mjs'
import { start } from './process.mjs'
import { softirqThreads } from './softirq.mjs'

const { near, address } = paths.loopback

/** Runs one of peers/*.mjs: its port, `usage()` as peers/converse.mjs tells it, and `end()`. */
export async function serverOf(network, program, way, words, nodeOptions = []) {
  const path = join(import.meta.dirname, 'peers', program)
  const server = start(...network.on(near), process.execPath, ...nodeOptions, path, way, address, ...words)
  const { port } = await server.answer()
  return { port, usage: () => server.ask('usage'), end: server.end }
}

/**
 * Clients in C that are ready.
 *
 * @param what - `file`: the answers are compared with it. `rate`: bytes a second of each connection, 0 for all that comes.
 */
export async function clientsOf(network, program, { port }, what) {
  const { connections, item, size, requests, rate = 0, file } = what
  const words = [connections, item, size, requests, rate, ...(file === undefined ? [] : [file])]
  const clients = start(...network.on(near), program, address, port, ...words)
  await clients.answer()
  return clients
}

/** Nanoseconds of CPU time of the server and of both ends, and of the clock, while these `peers` do what they do. */
export async function loaded(server, peers) {
  const before = { ...(await server.usage()), softirq: softirqThreads() }
  const { cpu, elapsed } = await peers.ask('go')
  const after = { ...(await server.usage()), softirq: softirqThreads() }
  await peers.end()
  const used = (what) => after[what] - before[what]
  return { server: used('cpu'), both: used('cpu') + used('softirq') + cpu, elapsed }
}
