// Small files from Node, one at a time, as a whole: 4 KiB over another file and to a new name, `copyFile` against
// `fs.promises.copyFile`, which writes in place.

import { promises, readFileSync, unlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { settle } from '../mounts.mjs'
import { ratioRow } from '../row.mjs'

const { copyFile } = createRequire(import.meta.url)('../../dist/index.js')

const SIZE = 4096
/** Copies in one sample: few enough that a round is over before the machine changes its mind. */
const COPIES = 200
/** By the work. */
const GOALS = { '4 KiB replaced': { atMost: 1.35 }, '4 KiB, new name': { atMost: 1.15 } }

export const places = ['ext4', 'root']
export const rounds = 51

export async function measure({ places, rounds }) {
  const rows = []
  for (const place of places) {
    // two, in turn, so that what is there before is never what shall be there
    const sources = ['source', 'other'].map((name) => join(place.directory, name))
    for (const source of sources) makeFile(source, SIZE)
    for (const [work, goal] of Object.entries(GOALS)) {
      const isNew = work.endsWith('new name')
      const sides = {
        copyFile: batch(place, `ours-${isNew}`, sources, isNew, (from, to) =>
          copyFile(from, to, { atomic: true }),
        ),
        'fs.promises.copyFile': batch(place, `theirs-${isNew}`, sources, isNew, promises.copyFile),
      }
      settle(place)
      const measured = await interleave(`${place.name}, ${work}`, sides, { rounds, warmUps: 10 })
      for (const [metric, title] of [
        ['elapsed', 'time a copy'],
        ['cpu', 'CPU a copy'],
      ]) {
        const of = (name) => measured[name].map((sample) => sample[metric])
        const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, of(name)]))
        const isJudged = metric === 'elapsed' && place.name !== 'root'
        rows.push(
          ratioRow({ work, place: place.name, metric: title, sides: samples, goal: isJudged ? goal : null }),
        )
      }
    }
  }
  return rows
}

/** Nanoseconds a copy: of the clock, and of all the process's threads. */
function batch(place, name, sources, isNew, copy) {
  const contents = sources.map((source) => readFileSync(source))
  const destinations = Array.from({ length: COPIES }, (_, n) => join(place.directory, `${name}-${n}`))
  let turn = 0
  return async () => {
    const which = turn++ % sources.length
    const cpu = process.cpuUsage()
    const began = process.hrtime.bigint()
    for (const destination of destinations) await copy(sources[which], destination)
    const elapsed = Number(process.hrtime.bigint() - began)
    const { user, system } = process.cpuUsage(cpu)
    for (const destination of destinations) {
      if (!readFileSync(destination).equals(contents[which]))
        throw new Error('the copy differs from its source')
      if (isNew) unlinkSync(destination)
    }
    return { elapsed: elapsed / COPIES, cpu: ((user + system) * 1000) / COPIES }
  }
}
