// What the receipt costs in Node, from the settled copy to the object that the caller gets.

import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { makeFile } from './files.mjs'
import { differenceRow } from './row.mjs'
import { median } from './statistics.mjs'

const require = createRequire(import.meta.url)
const GOAL = { atMost: 3000 }
const SIZE = 4096
/** Fewer than lib/transfer.ts takes in one turn: after a full turn it looks again later, and the last would seem long. */
const COPIES = 50
const WARM_UPS = 50

/**
 * Real copies through the public API, one at a time or many at once, and how long JavaScript is busy with each outcome:
 * from one call of the binding's `take` to the next. In between numbers and words are written and read, the report is
 * built, the promise resolved. A copy without a receipt would have to be taken and resolved too; only the taking is
 * deducted, as what a `take` costs that finds nothing. So this is an upper bound.
 */
export async function inNode(place, rounds) {
  const watch = watchTake()
  const { copyFile } = require('../dist/index.js')
  const source = join(place.directory, 'source')
  makeFile(source, SIZE)
  const oneAtATime = async (destinations) => {
    for (const destination of destinations) await copyFile(source, destination)
  }
  const manyAtOnce = (destinations) =>
    Promise.all(destinations.map((destination) => copyFile(source, destination)))
  const rows = []
  for (const [metric, copy] of Object.entries({ 'one at a time': oneAtATime, 'many at once': manyAtOnce })) {
    const sides = await measured(watch, source, copy, rounds)
    rows.push(differenceRow({ work: 'receipt, Node', place: place.name, metric, sides, goal: GOAL }))
  }
  rmSync(source)
  return rows
}

/** A round is a batch, and its sample the median of the batch. */
async function measured(watch, source, copy, rounds) {
  const content = readFileSync(source)
  const destinations = Array.from({ length: COPIES }, (_, n) => `${source}-copy-${n}`)
  const sides = { receipt: [], 'empty take': [] }
  for (let round = 0; round < WARM_UPS + rounds; round++) {
    watch.receipts = []
    watch.empty = []
    await copy(destinations)
    for (const destination of destinations) {
      if (!readFileSync(destination).equals(content)) throw new Error('the copy differs from its source')
      rmSync(destination)
    }
    if (watch.receipts.length !== COPIES)
      throw new Error(`${watch.receipts.length} receipts for ${COPIES} copies`)
    if (round < WARM_UPS) continue
    sides.receipt.push(median(watch.receipts))
    sides['empty take'].push(median(watch.empty))
  }
  return sides
}

let watched = null

/** Puts itself before the binding's `take`, for as long as this process lives; before the package loads the binding. */
function watchTake() {
  if (watched !== null) return watched
  const watch = { receipts: [], empty: [] }
  const binding = require('../native/binding.js')
  let began = null
  binding.Transfers = class extends binding.Transfers {
    take(numbers) {
      const called = process.hrtime.bigint()
      if (began !== null) watch.receipts.push(Number(called - began))
      began = process.hrtime.bigint()
      const words = super.take(numbers)
      if (words !== null) return words
      watch.empty.push(Number(process.hrtime.bigint() - began))
      began = null
      return null
    }
  }
  watched = watch
  return watch
}
