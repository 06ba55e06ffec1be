// Runs one command to its end: under a timeout, line by line, leaving no process behind.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const running = new Set()
let interrupted = false

/**
 * Standard error goes into the same pipe as standard output, so that the lines keep their order.
 * `onLine` gets every line; without it they are printed.
 */
export function runCommand(command, args, { timeoutMs, cwd, env = {}, onLine = console.log }) {
  return new Promise((resolve) => {
    if (interrupted) throw new Error('interrupted')
    const child = spawn('/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', command, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    running.add(child)
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      killGroup(child)
    }, timeoutMs)
    createInterface({ input: child.stdout }).on('line', onLine)
    child.once('error', (error) => onLine(error.message))
    // What a suite left running would hold the pipe, and with it this promise, open.
    child.once('exit', () => {
      killGroup(child)
      setTimeout(() => child.stdout.destroy(), 2_000).unref()
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ ok: code === 0, end: endOf(code, signal, timedOut, timeoutMs) })
    })
  })
}

/** Nobody needs to see its output, unless it fails: `reason` is null or its end and last lines. */
export async function runQuietly(command, args, options = {}) {
  const lines = []
  const onLine = (line) => lines.push(line)
  const { ok, end } = await runCommand(command, args, { timeoutMs: 120_000, ...options, onLine })
  return { ok, reason: ok ? null : [end, ...lines.filter(Boolean).slice(-3)].join(' | ') }
}

export async function must(command, ...args) {
  const { reason } = await runQuietly(command, args)
  if (reason !== null) throw new Error(`${command} ${args.join(' ')}: ${reason}`)
}

/** Ends what is running, and starts nothing more. */
export function interrupt() {
  interrupted = true
  for (const child of running) killGroup(child)
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}

function endOf(code, signal, timedOut, timeoutMs) {
  if (interrupted) return 'interrupted'
  if (timedOut) return `not finished after ${timeoutMs / 1000} s`
  return signal === null ? `exit code ${code}` : `killed by ${signal}`
}
