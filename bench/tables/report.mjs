// What the receipt costs: in the core, and from there to the object that JavaScript gets.

import { buildExample } from '../programs.mjs'
import { inCore } from '../receipt-in-core.mjs'
import { inNode } from '../receipt-in-node.mjs'

// a copy on tmpfs is the shortest, so the difference stands out best there
export const places = ['tmpfs', 'ext4']
export const rounds = 200

export async function measure({ places, rounds }) {
  const program = buildExample('bench_report')
  const rows = []
  for (const place of places) {
    rows.push(...(await inCore(program, place, rounds)), ...(await inNode(place, rounds)))
  }
  return rows
}
