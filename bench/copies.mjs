// Copies made by a program of their own, ours or the plain loops.
//
// A process a copy, because that is fair to both: none profits from what earlier copies left in it, and the scheduler
// places each anew. Its start is in no number: a program reads CLOCK_MONOTONIC itself, around the moving loop (after
// opening, before closing) and around the whole call, after it has copied a small file to warm itself up.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { assertSame, makeFile } from './files.mjs'
import { settle } from './mounts.mjs'
import { answerOf } from './programs.mjs'

const WARM_UP_SIZE = 1 << 20

/** A file of `size` to copy in a place, and what copies it. */
export function workshop(place, size) {
  const [source, warm, destination, warmDestination] = [
    'source',
    'warm',
    'destination',
    'warm-destination',
  ].map((name) => join(place.directory, name))
  makeFile(source, size)
  makeFile(warm, WARM_UP_SIZE)
  settle(place)
  return {
    /** Answers a side: `{ moving, total }`, nanoseconds of one copy to a new destination. */
    side:
      (program, strategy, bufferSize = 0) =>
      async () => {
        const times = await answerOf(
          program,
          strategy,
          bufferSize,
          source,
          destination,
          warm,
          warmDestination,
        )
        assertSame(source, destination)
        rmSync(destination)
        settle(place)
        return times
      },
    close: () => {
      for (const path of [source, warm]) rmSync(path)
      settle(place)
    },
  }
}

/** One metric of what two sides measured, as a row wants it. */
export function sidesOf(measured, metric, names) {
  return Object.fromEntries(names.map((name) => [name, measured[name].map((times) => times[metric])]))
}
