// The Rust suites.

import { join } from 'node:path'
import { runCommand } from './command.mjs'
import { LibtestReader } from './libtest.mjs'
import { asNobody, reachable } from './second-user.mjs'

const selection = ['--locked', '--workspace', '--exclude', 'zero-copy-napi', '--features', 'faults,serde']

// Integration tests whose behaviour depends on who runs them.
const alsoAsNobody = ['conformance', 'permissions', 'descriptors', 'destination', 'faults', 'network']

export async function cargoTest({ timeoutMs, env }) {
  return read('rust', 'cargo', ['test', ...selection, '--no-fail-fast'], { timeoutMs, env })
}

export async function cargoTestAsNobody({ timeoutMs, env, secondUser }, report) {
  const executables = await testExecutables(timeoutMs)
  const crate = join(secondUser.repository, 'crates/zero-copy-rs')
  for (const name of alsoAsNobody) {
    const suite = `rust ${name} as nobody`
    const executable = executables.get(name)
    if (executable === undefined) {
      report({ failures: [`${suite}: cargo built no such test`] })
      continue
    }
    console.log(`-- ${name}`)
    const [command, ...args] = [...asNobody, await reachable(secondUser, executable)]
    const options = { timeoutMs, cwd: crate, env: { ...env, HOME: '/tmp', CARGO_MANIFEST_DIR: crate } }
    report(await read(suite, command, args, options))
  }
}

async function read(suite, command, args, options) {
  const reader = new LibtestReader(suite)
  const { ok, end } = await runCommand(command, args, { ...options, onLine: (line) => reader.read(line) })
  return reader.result(ok, end)
}

async function testExecutables(timeoutMs) {
  const executables = new Map()
  await runCommand('cargo', ['test', ...selection, '--no-run', '--quiet', '--message-format=json'], {
    timeoutMs,
    onLine(line) {
      if (!line.startsWith('{')) return console.log(line)
      const { reason, target, executable } = JSON.parse(line)
      if (reason === 'compiler-artifact' && target.kind.includes('test'))
        executables.set(target.name, executable)
    },
  })
  return executables
}
