// From Node: 16 connections that ask for a file of 1 MiB again and again, `sendFile` against streams.

import { join } from 'node:path'
import { rowsOfEnds } from '../ends.mjs'
import { makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { settle } from '../mounts.mjs'
import { makeNetwork } from '../network.mjs'
import { buildC } from '../programs.mjs'
import { clientsOf, loaded, serverOf } from '../servers.mjs'

const SIZE = 1 << 20
/** A sample: 16 connections, and so many requests on each. */
const LOAD = { items: Array(16).fill(0), size: SIZE, requests: 64 }
const GOALS = { own: { atMost: 0.15 }, speed: { atLeast: 5 } }
const WAYS = ['sendFile', 'pipeline']

export { network } from '../network.mjs'
export const places = ['root']
export const rounds = 15

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const program = await buildC('peers/clients.c')
  const path = join(place.directory, 'file')
  makeFile(path, SIZE)
  settle(place)
  const servers = await Promise.all(
    WAYS.map((way) => serverOf(network, 'server.mjs', way, [JSON.stringify([{ path }])])),
  )
  const load = async (server, more) =>
    loaded(server, await clientsOf(network, program, server, { ...LOAD, ...more }))
  for (const server of servers) await load(server, { requests: 4, file: path })
  const sides = Object.fromEntries(WAYS.map((way, n) => [way, () => load(servers[n])]))
  const measured = await interleave('loopback', sides, { rounds, warmUps: 2 })
  await Promise.all(servers.map((server) => server.end()))
  network.close()
  return rowsOfEnds({
    work: '16 x 1 MiB, repeated',
    place: 'loopback',
    end: 'server',
    measured,
    goals: GOALS,
  })
}
