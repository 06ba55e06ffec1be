// Servers in Node, each in a process of its own, and what loads them, on the same host.

import { join } from 'node:path'
import { withSoftirq } from './ends.mjs'
import { paths } from './network.mjs'
import { start } from './process.mjs'

const { near, address } = paths.loopback

/** Runs one of peers/*.mjs: its port, `cpu()` and `memory()` as peers/converse.mjs tells them, and `end()`. */
export async function serverOf(network, program, way, words, nodeOptions = []) {
  const path = join(import.meta.dirname, 'peers', program)
  const server = start(...network.on(near), process.execPath, ...nodeOptions, path, way, address, ...words)
  const { port } = await server.answer()
  return { port, cpu: () => server.ask('cpu'), memory: () => server.ask('memory'), end: server.end }
}

/**
 * Clients in C that are ready.
 *
 * @param what - `items`: of the server's, one a connection. `rate`: bytes a second that each takes, 0 for all that comes.
 *   `requests`: of each, 0 for until they are asked again. `file`: the answers are compared with it.
 */
export async function clientsOf(network, program, { port }, { items, size, requests, rate = 0, file }) {
  const words = [items.join(''), size, requests, rate, ...(file === undefined ? [] : [file])]
  const clients = start(...network.on(near), program, address, port, ...words)
  await clients.answer()
  return clients
}

/** What it costs while these `peers` do what they do: a sample as ends.mjs wants it. */
export function loaded(server, peers) {
  return withSoftirq(async () => {
    const before = await server.cpu()
    const { cpu, elapsed } = await peers.ask('go')
    const after = await server.cpu()
    await peers.end()
    return { own: after.cpu - before.cpu, other: cpu, elapsed }
  })
}
