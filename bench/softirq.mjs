// What the kernel does for a connection outside of both processes: its softirq threads take over when there is more to
// do than fits between two of a process's instructions. (What does fit is counted as the process's own.)

import { readdirSync, readFileSync } from 'node:fs'

const threads = readdirSync('/proc')
  .filter((name) => /^\d+$/.test(name) && commandOf(name)?.startsWith('ksoftirqd/'))
  .map((name) => `/proc/${name}/schedstat`)

/** Nanoseconds of CPU time that they have had since the machine was started. */
export function softirqThreads() {
  return threads.reduce((sum, file) => sum + Number(readFileSync(file, 'utf8').split(' ')[0]), 0)
}

/** Undefined: it has ended meanwhile. */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8')
  } catch {
    return undefined
  }
}
