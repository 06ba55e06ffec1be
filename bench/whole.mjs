// Whole calls, each in a process of its own: what a caller waits for, with opening, closing, syncing and naming.
//
// A program reads CLOCK_MONOTONIC and its CPU time itself, so that its start is in neither. What can't (`cp`) is timed
// from outside, and ours with it in the same way.

import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeFile } from './files.mjs'
import { settle } from './mounts.mjs'

const run = promisify(execFile)

const WARM_UP_SIZE = 1 << 20

/** A file to copy in a place, made by `make(path)`, and what copies it. */
export function wholeWorkshop(place, make) {
  const [source, warm, destination, warmDestination] = [
    'source',
    'warm',
    'destination',
    'warm-destination',
  ].map((name) => join(place.directory, name))
  make(source)
  makeFile(warm, WARM_UP_SIZE)
  settle(place)
  return {
    source,
    destination,
    /**
     * Answers a side: `{ total, cpu }` of one copy, and `process`, the time of the whole process, in nanoseconds.
     * `prepare` makes what is there before; `check` throws if the copy is wrong.
     */
    side:
      ({ prepare = () => {}, command, check }) =>
      async () => {
        prepare(destination)
        settle(place)
        const [program, ...words] = command
        const began = process.hrtime.bigint()
        const { stdout } = await run(program, [...words, source, destination, warm, warmDestination])
        const lasted = Number(process.hrtime.bigint() - began)
        check(source, destination)
        for (const path of [destination, warmDestination]) rmSync(path, { force: true })
        settle(place)
        return { ...(stdout === '' ? {} : JSON.parse(stdout)), process: lasted }
      },
    close: () => {
      for (const path of [source, warm]) rmSync(path)
      settle(place)
    },
  }
}
