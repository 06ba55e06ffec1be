// Node's own side of the tables that measure whole calls.
//
//     node node-copy.mjs fs.copyFile SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION
//
// The small warm file is copied first, untimed. Prints nanoseconds of the whole call, and the CPU time of all the
// process's threads meanwhile.

import { promises } from 'node:fs'

const [, source, destination, warmSource, warmDestination] = process.argv.slice(2)
await promises.copyFile(warmSource, warmDestination)
const cpu = process.cpuUsage()
const called = process.hrtime.bigint()
await promises.copyFile(source, destination)
const total = Number(process.hrtime.bigint() - called)
const { user, system } = process.cpuUsage(cpu)
console.log(JSON.stringify({ total, cpu: (user + system) * 1000 }))
