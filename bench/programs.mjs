// The programs that are measured outside of Node: the plain C loops and our crate's examples, built for this run.

import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { workDirectory } from './mounts.mjs'

const run = promisify(execFile)

/** The plain loops' executable. */
export function buildLoops() {
  return build('loops')
}

/** The executable of what is compared with more than a loop. */
export function buildPeers() {
  return build('peers')
}

async function build(name) {
  const program = join(workDirectory(), name)
  const source = join(import.meta.dirname, `${name}.c`)
  await run('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source])
  return program
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
