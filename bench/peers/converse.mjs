// How a Node program that is measured speaks with who measures: lines of JSON. The clients are others, over sockets.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** Tells where `server` listens; then answers every line with what has been used so far, and ends with its input. */
export function converse(server) {
  say({ port: server.address().port })
  createInterface({ input: process.stdin })
    .on('line', () => say(usage()))
    .on('close', () => process.exit())
}

/** CPU time of all threads, in nanoseconds; how many threads there are; resident bytes, garbage collected if it can. */
function usage() {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const threads = Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
  return { cpu: (user + system) * 1000, threads, rss: process.memoryUsage.rss() }
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
