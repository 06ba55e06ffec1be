// From Node: 16 connections that ask for a file of 1 MiB again and again, `sendFile` against streams.

import { join } from 'node:path'
import { sidesOf } from '../copies.mjs'
import { makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { settle } from '../mounts.mjs'
import { makeNetwork } from '../network.mjs'
import { buildC } from '../programs.mjs'
import { ratioRow } from '../row.mjs'
import { serverOf } from '../servers.mjs'

const SIZE = 1 << 20
const CONNECTIONS = 16
/** On each connection, in a sample. */
const REQUESTS = 64
const GOALS = { server: { atMost: 0.15 }, elapsed: { atLeast: 5 } }

export const places = ['root']
export const rounds = 15

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const clients = await buildC('peers/clients.c')
  const path = join(place.directory, 'file')
  makeFile(path, SIZE)
  settle(place)
  const servers = {}
  for (const way of ['sendFile', 'pipeline']) {
    const server = await serverOf(network, way, [{ path }])
    await server.load(clients, { connections: CONNECTIONS, item: 0, size: SIZE, requests: 4, file: path })
    servers[way] = server
  }
  const sides = Object.fromEntries(
    Object.entries(servers).map(([way, server]) => [
      way,
      () => server.load(clients, { connections: CONNECTIONS, item: 0, size: SIZE, requests: REQUESTS }),
    ]),
  )
  const measured = await interleave('loopback', sides, { rounds, warmUps: 2 })
  await Promise.all(Object.values(servers).map((server) => server.end()))
  network.close()
  const row = (metric, title, more = {}) =>
    ratioRow({
      work: '16 x 1 MiB, repeated',
      place: 'loopback',
      metric: title,
      sides: sidesOf(measured, metric, Object.keys(sides)),
      goal: GOALS[metric] ?? null,
      ...more,
    })
  return [
    row('server', 'CPU of the server'),
    row('both', 'CPU of both ends'),
    row('elapsed', 'time', { gain: true }),
  ]
}
