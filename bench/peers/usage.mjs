// What a Node process has used so far.

import { readFileSync } from 'node:fs'

/** CPU time of all its threads, in nanoseconds; how many threads there are; resident bytes, garbage collected if it can. */
export function usage() {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const threads = Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
  return { cpu: (user + system) * 1000, threads, rss: process.memoryUsage.rss() }
}
