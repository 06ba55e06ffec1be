// From Node: 16 pairs of connections with bytes both ways, `relay` against `a.pipe(b)` and `b.pipe(a)`.

import { rowsOfEnds } from '../ends.mjs'
import { interleave } from '../interleave.mjs'
import { makeNetwork, paths } from '../network.mjs'
import { start } from '../process.mjs'
import { buildC } from '../programs.mjs'
import { loaded, serverOf } from '../servers.mjs'

const PAIRS = 16
/** Each way, of each pair, in a sample. */
const BYTES = 32 << 20
const GOALS = { own: { atMost: 0.5 }, speed: { atLeast: 1.5 } }
const WAYS = ['relay', 'pipe']

export { network } from '../network.mjs'
export const places = []
export const rounds = 15

export async function measure({ rounds }) {
  const network = await makeNetwork()
  const program = await buildC('peers/pairs.c')
  /** A relay of its own each time: it is told where its backend is when it starts. */
  const load = async (way, doing) => {
    const { near, address } = paths.loopback
    const pairs = start(...network.on(near), program, address, PAIRS, BYTES, doing)
    const { port } = await pairs.answer()
    const server = await serverOf(network, 'relay.mjs', way, [port])
    await pairs.ask(server.port)
    const used = await loaded(server, pairs)
    await server.end()
    return used
  }
  for (const way of WAYS) await load(way, 'compare')
  const sides = Object.fromEntries(WAYS.map((way) => [way, () => load(way, 'discard')]))
  const measured = await interleave('loopback', sides, { rounds })
  network.close()
  return rowsOfEnds({ work: '16 pairs, both ways', place: 'loopback', end: 'relay', measured, goals: GOALS })
}
