// Servers in Node, each in a process of its own, and clients in C that load them.

import { join } from 'node:path'
import { paths } from './network.mjs'
import { start } from './process.mjs'
import { softirqThreads } from './softirq.mjs'

const PROGRAM = join(import.meta.dirname, 'peers', 'server.mjs')

/**
 * A server that answers with these `items` in one of the ways of peers/server.mjs, with its clients on the same host.
 */
export async function serverOf(network, way, items, nodeOptions = []) {
  const { near, address } = paths.loopback
  const on = network.on(near)
  const server = start(...on, process.execPath, ...nodeOptions, PROGRAM, way, address, JSON.stringify(items))
  const { port } = await server.answer()

  /** Clients that have asked once each, and wait. */
  const clientsOf = async (program, { connections, item, size, requests, rate = 0, file }) => {
    const check = file === undefined ? [] : [file]
    const clients = start(...on, program, address, port, connections, item, size, requests, rate, ...check)
    await clients.answer()
    return clients
  }
  return {
    address,
    port,
    clientsOf,
    usage: () => server.ask('usage'),
    /** Nanoseconds of CPU time of the server and of both ends, and of the clock. */
    load: async (program, what) => {
      const clients = await clientsOf(program, what)
      const before = { ...(await server.ask('usage')), softirq: softirqThreads() }
      const { cpu, elapsed } = await clients.ask('go')
      const after = { ...(await server.ask('usage')), softirq: softirqThreads() }
      await clients.end()
      const used = (what) => after[what] - before[what]
      return { server: used('cpu'), both: used('cpu') + used('softirq') + cpu, elapsed }
    },
    end: server.end,
  }
}
