// Two thousand slow clients of a Node server: what each costs while it waits, by `sendFile` and by streams.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { heat, makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { settle } from '../mounts.mjs'
import { makeNetwork, paths } from '../network.mjs'
import { start } from '../process.mjs'
import { buildC } from '../programs.mjs'
import { absoluteRow } from '../row.mjs'
import { serverOf } from '../servers.mjs'

const CLIENTS = 2000
/** Of a file that no socket's buffers hold, each takes so much a second. */
const BYTES = 4096
const SIZE = 64 << 20
/** How long is looked at what waiting costs. */
const WATCHED_MS = 10_000
const WAYS = ['sendFile', 'pipeline']
const METRICS = [
  ['memFree', 'MemFree falls, per 1,000', 'MiB', { atMost: 64 }],
  ['resident', 'resident, each', 'KiB', { atMost: 24 }],
  ['cpu', 'CPU of the server', '% of a core', { atMost: 2 }],
  ['threads', 'threads', 'threads', { atMost: 16 }],
]

export { network } from '../network.mjs'
export const places = ['root']
export const rounds = 3

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const program = await buildC('peers/slow.c')
  const path = join(place.directory, 'file')
  makeFile(path, SIZE)
  settle(place)
  const sides = Object.fromEntries(WAYS.map((way) => [way, () => sample(network, program, way, path)]))
  const measured = await interleave('loopback', sides, { rounds, warmUps: 0 })
  network.close()
  return METRICS.map(([key, metric, unit, goal]) =>
    absoluteRow({
      work: '2,000 slow clients',
      place: 'loopback',
      metric,
      unit,
      sides: Object.fromEntries(WAYS.map((way) => [way, measured[way].map((sample) => sample[key])])),
      goal,
    }),
  )
}

/** With a server of its own, so that nothing is left of what was before. */
async function sample(network, program, way, path) {
  heat(path)
  const server = await serverOf(network, 'server.mjs', way, [JSON.stringify([{ path }])], ['--expose-gc'])
  const { near, address } = paths.loopback
  const connected = async (count) => {
    const clients = start(...network.on(near), program, address, server.port, count, BYTES, path)
    await clients.answer()
    await untilCalm(server)
    return clients
  }
  await (await connected(100)).end() // code is loaded and compiled, and what comes with the first
  await untilCalm(server)
  const [rss, free] = [(await server.memory()).rss, memFree()]
  const clients = await connected(CLIENTS)
  const fallen = free - memFree()
  const before = await server.cpu()
  await setTimeout(WATCHED_MS)
  const after = await server.cpu()
  const grown = (await server.memory()).rss - rss
  const { bytes } = await clients.ask('bytes')
  if (bytes < CLIENTS * BYTES) throw new Error(`${CLIENTS} clients have got ${bytes} bytes`)
  await clients.end()
  await server.end()
  return {
    memFree: fallen / 2 ** 20 / (CLIENTS / 1000),
    resident: grown / 2 ** 10 / CLIENTS,
    cpu: (100 * (after.cpu - before.cpu)) / (WATCHED_MS * 1e6),
    threads: after.threads,
  }
}

/** Until what can be sent at once has been: the server uses less than a tenth of a core. */
async function untilCalm(server) {
  const LOOK_MS = 500
  for (let used = Number.POSITIVE_INFINITY; used > LOOK_MS * 1e5; ) {
    const before = await server.cpu()
    await setTimeout(LOOK_MS)
    used = (await server.cpu()).cpu - before.cpu
  }
}

/** Bytes. */
function memFree() {
  return Number(/^MemFree:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) * 1024
}
