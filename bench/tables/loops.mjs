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
      for (const [metric, title] of [
        ['moving', 'moving loop'],
        ['total', 'whole call'],
      ]) {
        rows.push(
          ratioRow({
            work: strategy,
            place: place.name,
            metric: title,
            sides: sidesOf(measured, metric, Object.keys(sides)),
            // what the file system of the machine adds is shown, and not judged
            goal: place.name === 'root' ? null : GOAL,
          }),
        )
      }
    }
    close()
  }
  return rows
}
