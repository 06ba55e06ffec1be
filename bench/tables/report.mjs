// What the receipt costs: in the core, and from there to the object that JavaScript gets.

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { makeFile } from '../files.mjs'
import { answerOf, buildExample } from '../programs.mjs'
import { differenceRow } from '../row.mjs'

const require = createRequire(import.meta.url)
const IN_CORE = { atMost: 2000 }
const IN_NODE = { atMost: 3000 }
const COPIES = 100

// a copy on tmpfs is the shortest, so the difference stands out best there
export const places = ['tmpfs', 'ext4']
export const rounds = 200

export async function measure({ places, rounds }) {
  const program = buildExample('bench_report')
  const rows = []
  for (const place of places) {
    rows.push(...(await inCore(program, place, rounds)), await inNode(place, rounds * COPIES))
  }
  return rows
}

/**
 * Three sides, in one process that takes them in turn: the library; the same calls made plainly; the same without those
 * that the receipt alone needs. The first less the last holds the whole engine, so it is an upper bound.
 */
async function inCore(program, { name: place, directory }, rounds) {
  assertComparable(program, directory)
  const measured = await answerOf(program, directory, rounds, COPIES)
  rmSync(join(directory, 'source'))
  const row = (metric, first, second, goal) =>
    differenceRow({
      work: 'receipt, core',
      place,
      metric,
      goal,
      sides: { [first]: measured[first], [second]: measured[second] },
    })
  return [
    row('engine included', 'library', 'without', IN_CORE),
    row('its system calls', 'calls', 'without', null),
    row('engine, assembly', 'library', 'calls', null),
  ]
}

/** What the receipt alone needs: the thread's clock and usage before and after, and whether there are attributes. */
const RECEIPT = { clock_gettime: 2, getrusage: 2, flistxattr: 1 }

/** @throws when the plain sides make other calls than the library: then the difference would mean something else. */
function assertComparable(program, directory) {
  if (spawnSync('strace', ['-V']).error)
    throw new Error('strace is needed: it says whether the sides are comparable')
  const library = callsOf(program, directory, 'library')
  const calls = callsOf(program, directory, 'calls')
  const without = callsOf(program, directory, 'without')
  const receipt = Object.entries(RECEIPT).map(([call, count]) => [call, (without[call] ?? 0) + count])
  const expected = { ...without, ...Object.fromEntries(receipt) }
  for (const [name, found] of Object.entries({ library, calls })) {
    if (text(found) !== text(expected)) {
      throw new Error(
        `examples/bench_report.rs no longer does as the library: ${name} ${text(found)}, not ${text(expected)}`,
      )
    }
  }
}

function callsOf(program, directory, side) {
  const { stderr } = spawnSync('strace', [program, directory, side], { encoding: 'utf8' })
  const [, between] = /bench-begins[^\n]*\n(.*)\n[^\n]*bench-ends/s.exec(stderr)
  const counts = {}
  for (const line of between.split('\n')) {
    const [call] = line.split('(')
    counts[call] = (counts[call] ?? 0) + 1
  }
  return counts
}

function text(counts) {
  return Object.entries(counts)
    .map(([call, count]) => `${call} ${count}`)
    .sort()
    .join(', ')
}

/**
 * From the settled copy to the report, one copy at a time as a caller would: `take` and the report's construction, against
 * two readings of the clock alone. Without a receipt a `take` would still be needed, so this is an upper bound too.
 */
async function inNode({ name: place, directory }, copies) {
  const binding = require('../../native/binding.js')
  const { Report } = require('../../dist/lib/report.js')
  const [source, destination] = ['source', 'copy'].map((name) => join(directory, name))
  const numbers = new Float64Array(256)
  const options = new Float64Array(6 + 2 + binding.names().strategies.length).fill(Number.NaN)
  options[5] = 0
  const samples = { 'take and build': [], 'clock alone': [] }
  let resolve
  init(binding, () => {
    const began = process.hrtime.bigint()
    const words = binding.take(numbers)
    const report = words === null ? null : new Report(numbers, words)
    const ended = process.hrtime.bigint()
    const again = process.hrtime.bigint()
    // napi calls once more when all is taken
    if (report !== null) resolve({ report, taken: ended - began, clock: again - ended })
  })
  makeFile(source, SIZE)
  const content = readFileSync(source)
  for (let copy = 0; copy < WARM_UP + copies; copy++) {
    const { report, taken, clock } = await new Promise((settled) => {
      resolve = settled
      binding.copyFile(copy, source, destination, options)
    })
    if (report.bytes !== SIZE || report.attempts.at(-1).outcome !== 'finished')
      throw new Error(`not copied: ${report}`)
    if (copy < WARM_UP) continue
    samples['take and build'].push(Number(taken))
    samples['clock alone'].push(Number(clock))
  }
  if (!readFileSync(destination).equals(content)) throw new Error('the copy differs from its source')
  for (const path of [source, destination]) rmSync(path)
  return differenceRow({
    work: 'receipt, Node',
    place,
    metric: 'a copy at a time',
    sides: samples,
    goal: IN_NODE,
  })
}

const SIZE = 4096
const WARM_UP = 2000

let settled = null
/** The binding takes one callback for an environment; each place gives it another. */
function init(binding, callback) {
  const first = settled === null
  settled = callback
  if (first) binding.init(() => settled())
}
