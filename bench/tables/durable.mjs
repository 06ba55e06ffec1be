// Copies that are on the disk when they end, hot, to a new name. Ours with the name as well; theirs is copy_file_range and
// fsync, after which the name may still be lost.

import { sidesOf } from '../copies.mjs'
import { assertSame, makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { buildC, buildExample } from '../programs.mjs'
import { ratioRow } from '../row.mjs'
import { wholeWorkshop } from '../whole.mjs'

/** By the name of the work. From 16 MiB on `auto` writes past the page cache. */
const SIZES = { '1 MiB': 1 << 20, '16 MiB': 16 << 20, '256 MiB': 256 << 20 }
const JUDGED = '256 MiB'
const SPEED = { atLeast: 1.2 }
const CPU = { atMost: 0.7 }

export const places = ['ext4', 'root']
export const rounds = 15

export async function measure({ places, rounds }) {
  const ours = buildExample('bench_whole')
  const theirs = await buildC('peers/copies.c')
  const rows = []
  for (const place of places) {
    for (const [work, size] of Object.entries(SIZES)) {
      const { side, close } = wholeWorkshop(place, (path) => makeFile(path, size))
      const sides = {
        durable: side({ command: [ours, 'durable'], check: assertSame }),
        'copy_file_range and fsync': side({
          command: [theirs, 'copy_file_range_and_fsync'],
          check: assertSame,
        }),
      }
      const measured = await interleave(`${place.name}, ${work}`, sides, { rounds })
      close()
      // what the machine's own file system adds is shown, and not judged
      const isJudged = work === JUDGED && place.name !== 'root'
      const of = (metric) => sidesOf(measured, metric, Object.keys(sides))
      const named = { work, place: place.name }
      rows.push(
        ratioRow({
          ...named,
          metric: 'whole call',
          sides: of('total'),
          gain: true,
          goal: isJudged ? SPEED : null,
        }),
        ratioRow({ ...named, metric: 'CPU', sides: of('cpu'), goal: isJudged ? CPU : null }),
      )
    }
  }
  return rows
}
