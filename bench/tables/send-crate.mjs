// The crate's sendfile against its read/write: a hot file of 512 MiB over one connection, on one host and between two.

import { rowsOfEnds } from '../ends.mjs'
import { interleave } from '../interleave.mjs'
import { makeNetwork } from '../network.mjs'
import { sendings } from '../sendings.mjs'

/** CPU time of sendfile in times of read/write's, of the sender and of both ends. */
const GOALS = { loopback: { atMost: 0.4 }, veth: { atMost: 0.55 } }

export { network } from '../network.mjs'
export const places = ['root']
export const rounds = 31

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const { side, close } = await sendings(place, network)
  const rows = []
  for (const [path, goal] of Object.entries(GOALS)) {
    const sides = { sendfile: side(path, 'sendfile'), 'read_write 256K': side(path, 'read_write') }
    const measured = await interleave(path, sides, { rounds })
    const goals = { own: goal, both: goal }
    rows.push(...rowsOfEnds({ work: '512 MiB', place: path, end: 'sender', measured, goals }))
  }
  close()
  network.close()
  return rows
}
