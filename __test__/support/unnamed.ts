/** Files without a name: what will be a destination, and is not whole yet. */

import { readdirSync, readlinkSync } from 'node:fs'

/** Whether a process writes one below `directory`. */
export function isMaking(process: number | 'self', directory: string): boolean {
  return readdirSync(`/proc/${process}/fd`).some((fd) => {
    try {
      const path = readlinkSync(`/proc/${process}/fd/${fd}`)
      return path.startsWith(`${directory}/`) && path.includes('/#')
    } catch {
      return false // it was closed meanwhile
    }
  })
}
