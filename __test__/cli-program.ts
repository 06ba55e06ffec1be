/** The program as users start it: the built one, in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const PROGRAM = join(__dirname, '..', 'dist', 'cli.js')

export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

interface Place {
  cwd: string
  env?: Record<string, string>
}

/** Colours are asked for wherever it runs: what is piped must have none all the same. */
const COLOURFUL = { FORCE_COLOR: '3', CLICOLOR_FORCE: '1' }

export class Running {
  stdout = ''
  stderr = ''

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
  }

  async ended(): Promise<Ended> {
    const [status, signal] = await once(this.child, 'close')
    return { status, signal, stdout: this.stdout, stderr: this.stderr }
  }
}

// Processes start slowly on a busy machine.
jest.setTimeout(90_000)

/** A program that hangs is killed, and has then ended by SIGKILL. */
const KILLED_AFTER = { timeout: 60_000, killSignal: 'SIGKILL' } as const

export function start(command: string, args: string[], { cwd, env = {} }: Place): Running {
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const all = { ...process.env, ...COLOURFUL, ...env }
  return new Running(spawn(command, args, { cwd, env: all, stdio: [...stdio], ...KILLED_AFTER }))
}

export function startProgram(args: string[], place: Place): Running {
  return start(process.execPath, [PROGRAM, ...args], place)
}

export function runProgram(args: string[], place: Place): Promise<Ended> {
  return startProgram(args, place).ended()
}

/** A line of shell, in which `$node` and `$program` start the program. */
export function runShell(line: string, { cwd, env = {} }: Place): Promise<Ended> {
  return start('sh', ['-c', line], { cwd, env: { node: process.execPath, program: PROGRAM, ...env } }).ended()
}

/** A line of shell on a terminal of its own, made by script(1); what both outputs show is `stdout`. */
export function startOnTerminal(line: string, { cwd, env = {} }: Place): Running {
  const place = {
    cwd,
    env: { node: process.execPath, program: PROGRAM, TERM: 'xterm', SHELL: '/bin/sh', ...env },
  }
  return start('script', ['-qec', line, '/dev/null'], place)
}
