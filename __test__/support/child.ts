/** Scripts in a process of their own, under a timeout, whole process group. */

import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { inspect } from 'node:util'

export const root = resolve(__dirname, '..', '..')

/** What a process said and how it ended. */
export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface ChildOptions {
  /** What the script finds in `args`. */
  args?: readonly string[]
  /** Node's own. */
  flags?: readonly string[]
  env?: Record<string, string>
  /** What runs Node: `strace`, `prlimit`, ... */
  command?: readonly string[]
  /** The script has not loaded the package. */
  bare?: boolean
}

const TIMEOUT_MS = 45_000

/** The built package, as a user's script sees it. */
const PACKAGE = `const { copyFile, copyFileSync, native, probe, strategies: known } = require(${JSON.stringify(root)})
  const strategies = known.filter((strategy) => strategy !== 'stream')`

const PRELUDE = `
  const fs = require('node:fs')
  const args = process.argv.slice(1)
  const seen = ({ name, message, code, errno, strategy, bytes, attempts, cause }) =>
    ({ name, message, code, errno, strategy, bytes, attempts, cause: cause?.code })
  const say = (value) => fs.writeSync(1, JSON.stringify(value) + '\\n')
`

/** Runs `body`, the inside of an async function, and waits for the end of its process. */
export function inChild(body: string, options: ChildOptions = {}): Promise<Ended> {
  const { args = [], flags = [], env = {}, command = [], bare = false } = options
  const script = `${bare ? '' : PACKAGE}${PRELUDE};(async () => {${body}\n})()`
  const line = [...command, process.execPath, ...flags, '-e', script, ...args]
  return ended(line, { ...process.env, ...env })
}

/** What `body` said with \`say\`, line by line; it must end by itself and complain of nothing. */
export async function saidIn<T = unknown>(body: string, options: ChildOptions = {}): Promise<T[]> {
  const child = await inChild(body, options)
  if (child.status !== 0 || child.stderr !== '') throw new Error(inspect(child))
  return said(child)
}

export function said<T = unknown>({ stdout }: Ended): T[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Runs a command; one that takes too long ends by SIGKILL, with all that it started. */
export function ended([program, ...args]: string[], env = process.env, cwd = root): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program as string, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), TIMEOUT_MS)
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (status, signal) => {
      clearTimeout(timer)
      resolve({ status, signal, stdout, stderr })
    })
  })
}
