// A large file replaced: 256 MiB, hot, over another of the same size. Ours as a whole, so that a crash leaves the old file
// or the new one; theirs in place, where it leaves a part.

import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { sidesOf } from '../copies.mjs'
import { assertSame, makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { buildExample } from '../programs.mjs'
import { ratioRow } from '../row.mjs'
import { wholeWorkshop } from '../whole.mjs'

const SIZE = 256 << 20
const GOAL = { atLeast: 1.1 }

export const places = ['ext4']
export const rounds = 15

export async function measure({ places, rounds }) {
  const program = buildExample('bench_whole')
  const rows = []
  for (const place of places) rows.push(...(await replaced(place, program, rounds)))
  return rows
}

async function replaced(place, program, rounds) {
  const old = join(place.directory, 'old')
  makeFile(old, SIZE)
  const { side, close } = wholeWorkshop(place, (path) => makeFile(path, SIZE))
  const over = (...command) =>
    side({ prepare: (destination) => copyFileSync(old, destination), command, check: assertSame })
  const sides = {
    atomic: over(program, 'atomic'),
    'fs.copyFile': over(process.execPath, join(import.meta.dirname, '..', 'node-copy.mjs'), 'fs.copyFile'),
    'std::fs::copy': over(program, 'std'),
    // it takes two files, not four
    cp: over('sh', '-c', 'exec cp "$0" "$1"'),
  }
  const measured = await interleave(place.name, sides, { rounds })
  close()
  const row = (metric, title, their) =>
    ratioRow({
      work: '256 MiB replaced',
      place: place.name,
      metric: title,
      sides: sidesOf(measured, metric, ['atomic', their]),
      gain: true,
      goal: GOAL,
    })
  return [
    row('total', 'whole call', 'fs.copyFile'),
    row('total', 'whole call', 'std::fs::copy'),
    row('process', 'whole process', 'cp'),
  ]
}
