// What the receipt costs in the core, by examples/bench_report.rs.

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { answerOf } from './programs.mjs'
import { differenceRow } from './row.mjs'

// judged where the file system adds least: on ext4 flistxattr alone takes longer, and the row also holds the engine
const GOAL = { tmpfs: { atMost: 2000 } }
const COPIES = 100

/**
 * Three sides, in one process that takes them in turn: the library; the same calls made plainly; the same without those
 * that the receipt alone needs. The first less the last holds the whole engine, so it is an upper bound.
 */
export async function inCore(program, { name: place, directory }, rounds) {
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
    row('engine included', 'library', 'without', GOAL[place] ?? null),
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
