// What the reactor costs: a hot file of 512 MiB over one connection, through the library's thread against the caller's own.

import { interleave } from '../interleave.mjs'
import { makeNetwork, paths } from '../network.mjs'
import { sendings } from '../sendings.mjs'

export const places = ['root']
export const rounds = 31

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const { side, rowsOf, close } = await sendings(place, network)
  const rows = []
  for (const path of Object.keys(paths)) {
    const sides = { reactor: side(path, 'sendfile', 'reactor'), blocking: side(path, 'sendfile', 'blocking') }
    rows.push(...rowsOf(path, await interleave(path, sides, { rounds }), { both: { atMost: 1.15 } }))
  }
  close()
  network.close()
  return rows
}
