/** What this process holds open. */

import { readdirSync, readlinkSync } from 'node:fs'

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
