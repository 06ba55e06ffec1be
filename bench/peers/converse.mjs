// How a Node program that is measured speaks with who measures: lines of JSON. The clients are others, over sockets.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** Tells where `server` listens; then answers lines of `cpu` or `memory`, and ends with its input. */
export function converse(server) {
  say({ port: server.address().port })
  const answers = { cpu, memory }
  createInterface({ input: process.stdin })
    .on('line', (what) => say(answers[what]()))
    .on('close', () => process.exit())
}

/** CPU time of all threads, in nanoseconds, and how many threads there are. */
function cpu() {
  const { user, system } = process.cpuUsage()
  const threads = Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
  return { cpu: (user + system) * 1000, threads }
}

/** Resident bytes, once the garbage has been collected. */
function memory() {
  globalThis.gc()
  return { rss: process.memoryUsage.rss() }
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
