// `npm test`: builds what is missing, installs what the tests call, makes file systems, runs every suite.
// CONTRIBUTING.md says what the suites are. The last line is `N passed, N failed`, whatever happened.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { interrupt, runCommand } from './test/command.mjs'
import { reasonForNoNamespace, runInNamespace } from './test/namespace.mjs'
import { installNodes } from './test/nodes.mjs'
import { installPackages } from './test/packages.mjs'
import { installRuntimes } from './test/runtimes.mjs'
import { runSuites } from './test/suites.mjs'
import { Tally } from './test/tally.mjs'

process.chdir(join(import.meta.dirname, '..'))
// Built files must be readable for the second user.
process.umask(0o022)
// Where Debian keeps mkfs and friends, which not every shell has in its path.
process.env.PATH += `${delimiter}/usr/sbin${delimiter}/sbin`
// What an operator switched off must not decide what is tested.
for (const name of Object.keys(process.env).filter((name) => name.startsWith('ZERO_COPY_RS_'))) {
  delete process.env[name]
}

const tally = new Tally()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt)

let expectedSkips = null
try {
  expectedSkips = await runAll({ long: process.argv.includes('--long') })
} catch (error) {
  tally.add({ failures: [`npm test: ${error.stack}`] })
}
process.exitCode = tally.summarize(expectedSkips) ? 0 : 1

/** Answers how many skips this machine may have: null where it lacks what the suites need. */
async function runAll({ long }) {
  const build = await runCommand(process.execPath, ['scripts/build-missing.mjs'], { timeoutMs: 600_000 })
  if (!build.ok) {
    tally.add({ failures: [`build: ${build.end}`] })
    return null
  }
  tally.add({ skips: await installPackages() })
  const { nodes, skips } = await installNodes()
  tally.add({ skips: [...skips, ...(await installRuntimes())] })

  const noNamespace = reasonForNoNamespace()
  if (noNamespace === null) {
    await runInNamespace(tally, { nodes, long })
    return 0
  }
  tally.add({ skips: [`fresh file systems: ${noNamespace}`] })
  const scratch = mkdtempSync(join(tmpdir(), 'zero-copy-rs-test-'))
  try {
    await runSuites({ mounts: null, secondUser: null, scratch, nodes, long }, (result) => tally.add(result))
  } finally {
    rmSync(scratch, { recursive: true })
  }
  return null
}
