// The crate's sendfile against its read/write: a hot file of 512 MiB over one connection, on one host and between two.

import { sidesOf } from '../copies.mjs'
import { interleave } from '../interleave.mjs'
import { makeNetwork } from '../network.mjs'
import { ratioRow } from '../row.mjs'
import { sendings } from '../sendings.mjs'

/** CPU time of sendfile in times of read/write's. */
const GOALS = { loopback: { atMost: 0.4 }, veth: { atMost: 0.55 } }

export const places = ['root']
export const rounds = 31

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const { side, close } = await sendings(place, network)
  const rows = []
  for (const [path, goal] of Object.entries(GOALS)) {
    const sides = { sendfile: side(path, 'sendfile'), 'read_write 256K': side(path, 'read_write') }
    const measured = await interleave(path, sides, { rounds })
    for (const [metric, title, judged] of [
      ['sender', 'CPU of the sender', goal],
      ['both', 'CPU of both ends', goal],
      ['elapsed', 'time', null],
    ]) {
      const samples = sidesOf(measured, metric, Object.keys(sides))
      rows.push(ratioRow({ work: '512 MiB', place: path, metric: title, sides: samples, goal: judged }))
    }
  }
  close()
  network.close()
  return rows
}
