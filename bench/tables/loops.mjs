// Each strategy through our crate against a plain C loop of the same calls: what do counting, falling back, stopping and
// the receipt cost? A file of 256 MiB, hot, to a new destination.

import { sidesOf, workshop } from '../copies.mjs'
import { interleave } from '../interleave.mjs'
import { buildExample, buildLoops } from '../programs.mjs'
import { ratioRow } from '../row.mjs'

const SIZE = 256 << 20
const GOAL = { atMost: 1.03 }

const moving = ['read_write', 'mmap_write', 'sendfile', 'copy_file_range', 'splice']
const strategiesIn = { ext4: moving, xfs: ['reflink'], root: moving, where: moving }

export const places = Object.keys(strategiesIn).filter((name) => name !== 'where')
export const rounds = 21

export async function measure({ places, rounds }) {
  const ours = buildExample('bench_copy')
  const plain = await buildLoops()
  const rows = []
  for (const place of places) {
    const { side, close } = workshop(place, SIZE)
    for (const strategy of strategiesIn[place.name]) {
      const sides = { 'zero-copy-rs': side(ours, strategy), 'C loop': side(plain, strategy) }
      // a clone is over in microseconds: more of them, for the same precision
      const times = strategy === 'reflink' ? 3 : 1
      const measured = await interleave(`${place.name}, ${strategy}`, sides, { rounds: times * rounds })
      rows.push(...rowsOf(measured, strategy, place))
    }
    close()
  }
  return rows
}

function rowsOf(measured, strategy, place) {
  const named = { work: strategy, place: place.name }
  const row = (metric, title, goal) =>
    ratioRow({ ...named, metric: title, sides: sidesOf(measured, metric, Object.keys(measured)), goal })
  // what the machine's own file system adds is shown, and not judged
  // reflink can't run on ext4, and a clone is one call of some microseconds: shown, not judged
  const goal = place.name === 'root' || strategy === 'reflink' ? null : GOAL
  return [
    row('moving', 'moving loop', goal),
    // around a clone there is more than in it, and the plain loop does nothing there but open and close
    row('total', 'whole call', goal),
  ]
}
