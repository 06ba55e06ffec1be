// The programs that are measured outside of Node: the plain C loops and our crate's examples, built for this run.

import { execFile, spawnSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { workDirectory } from './mounts.mjs'

const run = promisify(execFile)

/** The executable of a C program of this directory, which compiles on its own. */
export async function buildC(path) {
  const program = join(workDirectory(), basename(path, '.c'))
  await run('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, join(import.meta.dirname, path)])
  return program
}

/** The plain loops' executable. */
export function buildLoops() {
  return buildC('loops.c')
}

/** The executable of an example, as the release profile makes it. */
export function buildExample(name) {
  const selection = ['-p', 'zero-copy-rs', '--example', name]
  const { status, stdout } = spawnSync(
    'cargo',
    ['build', '--release', '--locked', '--quiet', '--message-format=json', ...selection],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 },
  )
  if (status !== 0) throw new Error(`cargo build --example ${name} failed`)
  const messages = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return messages.find(({ target, executable }) => executable && target.name === name).executable
}

/** What a program says of its own times: one line of JSON. */
export async function answerOf(program, ...words) {
  const { stdout } = await run(program, words.map(String), { maxBuffer: 2 ** 26 })
  return JSON.parse(stdout)
}
