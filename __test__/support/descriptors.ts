/** What this process holds open. */

import { readdirSync, readlinkSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { turn } from './fifo'

/** What each open descriptor refers to, sorted; without the one that this look needs. */
export function descriptors(): string[] {
  const all = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return null
    }
  })
  return all
    .filter((target) => target !== null && !/^\/proc\/(self|\d+)\/fd$/.test(target))
    .sort() as string[]
}

/** They are `before` again: at once, or when a worker thread of Node's has closed its own. */
export async function expectDescriptors(before: readonly string[]): Promise<void> {
  for (let turns = 0; turns < 10_000 && !isDeepStrictEqual(descriptors(), before); turns++) await turn()
  expect(descriptors()).toEqual(before)
}
