// Inside the namespace: makes the mounts, runs the suites, and reports each result at once to the process outside,
// which still has them if this one is killed.

import { readlinkSync } from 'node:fs'
import { interrupt } from './command.mjs'
import { makeMounts } from './mounts.mjs'
import { runSuites } from './suites.mjs'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt)

const { base, nodes, long } = JSON.parse(process.argv[2])
const report = (result) => process.send({ result })

process.send({ namespace: readlinkSync('/proc/self/ns/mnt') })
const { mounts, scratch, secondUser, skips } = await makeMounts(base)
report({ skips })
await runSuites({ mounts, scratch, secondUser, nodes, long }, report)
process.send({ done: true }, () => process.disconnect())
