// Cold neighbours: how long a Node server's clients wait for a file in memory while it sends others one from the disk.

import { join } from 'node:path'
import { deviceOf, evict, readFrom } from '../cold.mjs'
import { sidesOf } from '../copies.mjs'
import { heat, makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { settle } from '../mounts.mjs'
import { makeNetwork } from '../network.mjs'
import { buildC } from '../programs.mjs'
import { absoluteRow, ratioRow } from '../row.mjs'
import { clientsOf, serverOf } from '../servers.mjs'
import { quantile } from '../statistics.mjs'

const WARM_SIZE = 1 << 20
/** Of the cold file each client gets a part of its own: none finds what was fetched for another. Enough for seven seconds. */
const PART = 384 << 20
const RATE = 50e6
const COLD = { items: [0, 1, 2, 3], size: PART, requests: 0, rate: RATE }
const WARM = { items: [4, 4, 4, 4], size: WARM_SIZE, requests: 1000 }
const GOALS = { times: { atMost: 3 }, time: { atMost: 25e6 } }

export { network } from '../network.mjs'
export const places = ['ext4']
export const rounds = 9

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const program = await buildC('peers/clients.c')
  const [cold, warm] = ['cold', 'warm'].map((name) => join(place.directory, name))
  makeFile(cold, COLD.items.length * PART)
  makeFile(warm, WARM_SIZE)
  settle(place)
  const device = deviceOf(place)
  const parts = COLD.items.map((n) => ({ path: cold, start: n * PART, length: PART }))
  const server = await serverOf(network, 'server.mjs', 'sendFile', [
    JSON.stringify([...parts, { path: warm }]),
  ])

  const alone = async (more = {}) => {
    heat(warm)
    const clients = await clientsOf(network, program, server, { ...WARM, ...more })
    const { latencies } = await clients.ask('go')
    await clients.end()
    return { median: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) }
  }
  const beside = async () => {
    evict(cold)
    const before = readFrom(device)
    const neighbours = await clientsOf(network, program, server, COLD)
    neighbours.tell('go')
    const waits = await alone()
    const { bytes, elapsed } = await neighbours.ask('enough')
    await neighbours.end()
    const read = readFrom(device) - before
    if (read < 0.9 * bytes)
      throw new Error(`${bytes} bytes went to the cold clients, ${read} came from the disk`)
    return { ...waits, rate: bytes / COLD.items.length / 1e6 / (elapsed / 1e9) }
  }
  await alone({ requests: 4, file: warm })
  const measured = await interleave('ext4', { 'with cold neighbours': beside, alone }, { rounds })
  await server.end()
  network.close()
  return rowsOf(measured)
}

function rowsOf(measured) {
  const row = { work: '4 warm clients, 1 MiB', place: 'ext4' }
  const [beside, alone] = Object.keys(measured)
  const of = (metric, ...names) => sidesOf(measured, metric, names)
  return [
    ratioRow({
      ...row,
      metric: '99 of 100 wait at most',
      sides: of('p99', beside, alone),
      goal: GOALS.times,
    }),
    absoluteRow({
      ...row,
      metric: '99 of 100 wait at most',
      unit: 'ns',
      sides: of('p99', beside),
      goal: GOALS.time,
    }),
    ratioRow({ ...row, metric: 'half wait at most', sides: of('median', beside, alone) }),
    absoluteRow({
      ...row,
      work: '4 cold clients',
      metric: 'each gets',
      unit: 'MB/s',
      sides: of('rate', beside),
    }),
  ]
}
