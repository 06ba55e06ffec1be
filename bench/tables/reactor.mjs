// What the reactor costs: a hot file of 512 MiB over one connection, through the library's thread against the caller's own.

import { rowsOfEnds } from '../ends.mjs'
import { interleave } from '../interleave.mjs'
import { makeNetwork, paths } from '../network.mjs'
import { sendings } from '../sendings.mjs'

const GOALS = { both: { atMost: 1.15 } }

export { network } from '../network.mjs'
export const places = ['root']
export const rounds = 31

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const { side, close } = await sendings(place, network)
  const rows = []
  for (const path of Object.keys(paths)) {
    const sides = { reactor: side(path, 'sendfile', 'reactor'), blocking: side(path, 'sendfile', 'blocking') }
    const measured = await interleave(path, sides, { rounds })
    rows.push(...rowsOfEnds({ work: '512 MiB', place: path, end: 'sender', measured, goals: GOALS }))
  }
  close()
  network.close()
  return rows
}
