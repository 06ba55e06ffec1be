// The jest suites.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.mjs'
import { jestResult } from './jest-result.mjs'
import { asNobody, reachable } from './second-user.mjs'
import { skipIn } from './skip.mjs'

// Files whose behaviour depends on who runs them.
const alsoAsNobody = [
  'atomic',
  'copy-table',
  'descriptors',
  'destinations',
  'errors',
  'permissions',
  'probe',
  'relay',
  'same-file',
  'sources',
  'unwritable',
].map((name) => `__test__/${name}.test.ts`)

const boring = /^(Ran all test suites|Test results written|Snapshots:) /

export function jestHere(options) {
  return runJest(`jest on Node ${process.versions.node}`, [process.execPath], testFiles(), options)
}

/** Without the files that say in their first line that one Node is enough for them. */
export function jestOn({ name, path }, options) {
  const files = testFiles().filter((file) => !readFileSync(file, 'utf8').startsWith('// @once'))
  return runJest(`jest on ${name}`, [path], files, options)
}

export async function jestAsNobody({ secondUser, scratch, env, timeoutMs }) {
  const node = [...asNobody, await reachable(secondUser, process.execPath)]
  const cache = join(scratch, 'jest-of-nobody')
  return runJest('jest as nobody', node, alsoAsNobody.filter(existsSync), {
    flags: [`--cacheDirectory=${cache}`],
    cwd: secondUser.repository,
    env: { ...env, HOME: '/tmp' },
    scratch,
    timeoutMs,
  })
}

function testFiles() {
  return readdirSync('__test__', { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('__test__', name))
}

async function runJest(suite, [command, ...node], files, { flags = [], scratch, ...options }) {
  if (files.length === 0) return { failures: [`${suite}: no test file`] }
  const output = join(scratch, `${suite.replaceAll(' ', '-')}.json`)
  const jest = [
    'node_modules/jest/bin/jest.js',
    '--ci',
    '--maxWorkers=100%',
    '--verbose=false',
    '--json',
    `--outputFile=${output}`,
    ...flags,
  ]
  const skips = []
  const onLine = (line) => {
    const skip = skipIn(line)
    if (skip !== null) skips.push(`${suite}: ${skip}`)
    else if (!boring.test(line)) console.log(line)
  }
  const args = [...node, ...jest, '--runTestsByPath', ...files]
  const { ok, end } = await runCommand(command, args, { ...options, onLine })
  const result = jestResult(suite, output)
  if (!ok && result.failures.length === 0) result.failures.push(`${suite}: ${end}`)
  if (ok && result.passed === 0) result.failures.push(`${suite}: no test was run`)
  return { ...result, skips: [...skips, ...result.skips] }
}
