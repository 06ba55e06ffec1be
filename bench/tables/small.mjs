// Small files from Node, one at a time: 4 KiB, in place, to a new name, `copyFile` against `fs.promises.copyFile`. Most
// of such a copy is no copying: it is the way to a thread and back, opening, and closing.

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
const GOAL = { atMost: 1.1 }

export const places = ['ext4', 'root']
export const rounds = 51

export async function measure({ places, rounds }) {
  const rows = []
  for (const place of places) {
    const source = join(place.directory, 'source')
    makeFile(source, SIZE)
    settle(place)
    const inPlace = { atomic: false }
    const sides = {
      copyFile: batch(place, source, (to) => copyFile(source, to, inPlace)),
      'fs.promises.copyFile': batch(place, source, (to) => promises.copyFile(source, to)),
    }
    const measured = await interleave(place.name, sides, { rounds, warmUps: 10 })
    for (const [metric, title, goal] of [
      ['elapsed', 'time a copy', place.name === 'root' ? null : GOAL],
      ['cpu', 'CPU a copy', null],
    ]) {
      const of = (name) => measured[name].map((sample) => sample[metric])
      const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, of(name)]))
      rows.push(ratioRow({ work: '4 KiB', place: place.name, metric: title, sides: samples, goal }))
    }
  }
  return rows
}

/** Nanoseconds a copy: of the clock, and of all the process's threads. */
function batch(place, source, copy) {
  const content = readFileSync(source)
  const destinations = Array.from({ length: COPIES }, (_, n) => join(place.directory, `copy-${n}`))
  return async () => {
    const cpu = process.cpuUsage()
    const began = process.hrtime.bigint()
    for (const destination of destinations) await copy(destination)
    const elapsed = Number(process.hrtime.bigint() - began)
    const { user, system } = process.cpuUsage(cpu)
    for (const destination of destinations) {
      if (!readFileSync(destination).equals(content)) throw new Error('the copy differs from its source')
      unlinkSync(destination)
    }
    return { elapsed: elapsed / COPIES, cpu: ((user + system) * 1000) / COPIES }
  }
}
