// Runs a command or a locally installed package's program, quietly.

import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'

const PATH = `node_modules/.bin${delimiter}${process.env.PATH}`

export function run(command, ...args) {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    env: { ...process.env, PATH },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const output = error?.message ?? `${stdout}${stderr}`.trim()
  return { ok: status === 0, stdout, output: output || `exit code ${status}, signal ${signal}` }
}

/** What it has to say against us: its output, if it fails. */
export function complaintsOf(command, ...args) {
  const { ok, output } = run(command, ...args)
  return ok ? [] : [output]
}
