// The original's experiment: a file of 10 MB, buffers of 32 and 512 bytes, destination removed and synced between the
// runs, the time of the moving loop alone. What does the machine's best way (`auto`) save against read/write?
//
// Beside it our read/write against a plain C loop with the same buffer, so that nobody has to believe that ours is not
// made slow for the occasion.

import { sidesOf, workshop } from '../copies.mjs'
import { interleave } from '../interleave.mjs'
import { buildExample, buildLoops } from '../programs.mjs'
import { ratioRow } from '../row.mjs'

const SIZE = 10_000_000
/** By the size of the buffer. */
const GOALS = { 32: 50, 512: 4 }

export const places = ['ext4', 'root']
export const rounds = 11

export async function measure({ places, rounds }) {
  const ours = buildExample('bench_copy')
  const plain = await buildLoops()
  const rows = []
  for (const place of places) {
    const { side, close } = workshop(place, SIZE)
    const sides = { auto: side(ours, 'auto') }
    for (const bufferSize of Object.keys(GOALS)) {
      sides[`read_write ${bufferSize}`] = side(ours, 'read_write', bufferSize)
      sides[`C loop ${bufferSize}`] = side(plain, 'read_write', bufferSize)
    }
    const measured = await interleave(place.name, sides, { rounds })
    for (const [bufferSize, goal] of Object.entries(GOALS))
      rows.push(...rowsOf(measured, place, bufferSize, goal))
    close()
  }
  return rows
}

function rowsOf(measured, place, bufferSize, atLeast) {
  const named = { work: `10 MB, buffer ${bufferSize}`, place: place.name }
  // what the machine's own file system adds is shown, and not judged
  const gain = { gain: true, goal: place.name === 'root' ? null : { atLeast } }
  const byStrategy = ['auto', `read_write ${bufferSize}`]
  const byLanguage = [`read_write ${bufferSize}`, `C loop ${bufferSize}`]
  return [
    ratioRow({ ...named, ...gain, metric: 'moving loop', sides: sidesOf(measured, 'moving', byStrategy) }),
    ratioRow({ ...named, ...gain, metric: 'whole call', sides: sidesOf(measured, 'total', byStrategy) }),
    ratioRow({ ...named, metric: 'moving loop', sides: sidesOf(measured, 'moving', byLanguage) }),
  ]
}
