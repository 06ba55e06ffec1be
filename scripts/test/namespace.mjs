// Runs the suites in a mount namespace of their own, so that mounts, loop devices and images are gone afterwards,
// whatever happened: the kernel unmounts when the namespace's last process ends.

import { fork, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const unshare = ['unshare', '--mount', '--propagation', 'private']

/** Null, or why there can be no mounts here. */
export function reasonForNoNamespace() {
  if (process.platform !== 'linux') return `mounts are made on Linux only, this is ${process.platform}`
  if (process.getuid() !== 0) return 'only root can mount'
  const [command, ...args] = unshare
  const { error, stderr, status } = spawnSync(command, [...args, 'true'], { encoding: 'utf8' })
  return status === 0 ? null : `unshare: ${error?.message ?? stderr.trim()}`
}

/** Runs suites.mjs inside, and adds what it reports to the tally. */
export async function runInNamespace(tally, argument) {
  // /var/tmp: images are too large for a /tmp in memory, and every user must be able to reach it.
  const base = mkdtempSync('/var/tmp/zero-copy-rs-test-')
  try {
    await runChild(tally, { ...argument, base })
  } finally {
    // In this namespace nothing is mounted below it, so nothing but empty directories is removed.
    rmSync(base, { recursive: true })
  }
}

function runChild(tally, argument) {
  return new Promise((resolve) => {
    // setpriv: if this process is killed, the other must not go on alone.
    const [execPath, ...execArgv] = [
      '/usr/bin/env',
      'setpriv',
      '--pdeathsig',
      'TERM',
      ...unshare,
      process.execPath,
    ]
    const inside = join(import.meta.dirname, 'inside.mjs')
    const child = fork(inside, [JSON.stringify(argument)], { execPath, execArgv })
    const namespaces = []
    let finished = false
    child.on('message', ({ namespace, result, done }) => {
      if (namespace) namespaces.push(namespace)
      if (result) tally.add(result)
      finished ||= done === true
    })
    const forward = (signal) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward)
    child.once('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward)
      for (const namespace of namespaces) endAllIn(namespace)
      if (!finished) tally.add({ failures: [`the suites did not end: exit code ${code}, signal ${signal}`] })
      resolve()
    })
  })
}

/** Whoever is left in the namespace was started by a test, and holds its mounts. */
function endAllIn(namespace) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/mnt`) === namespace) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // Ended meanwhile.
    }
  }
}
