/** A failed command: one line on standard error, one document on standard output with `--json`, the exit status. */

import { CommanderError } from 'commander'
import type { ZeroCopyError } from '../index'
import { InputError, UsageError } from './command'
import { printJson, say } from './output'

const FAILED = 1
const USAGE = 2

export function fail(error: unknown, json: boolean): void {
  // -h and --version have been answered.
  if (error instanceof CommanderError) return
  say(lineOf(error))
  if (error instanceof UsageError) process.stderr.write(`Usage: ${usageOf(error)}\n`)
  if (json) printJson(documentOf(error))
  process.exitCode = error instanceof UsageError || error instanceof InputError ? USAGE : FAILED
}

function usageOf({ command }: UsageError): string {
  return command.createHelp().commandUsage(command)
}

export function lineOf(error: unknown): string {
  const { code, message, bytes, cause } = propertiesOf(error)
  return code === 'ABORT_ERR' ? `stopped by ${cause} after ${bytes} bytes` : `${message ?? error}`
}

/** What an error of this package has; null: it means nothing here. */
export function documentOf(thrown: unknown) {
  const known = propertiesOf(thrown)
  const error = {
    code: thrown instanceof UsageError ? 'ERR_INVALID_ARG_VALUE' : (known.code ?? null),
    message: known.message ?? `${thrown}`,
    errno: known.errno ?? null,
    syscall: known.syscall ?? null,
    call: known.call ?? null,
    path: known.path ?? null,
    dest: known.dest ?? null,
    strategy: known.strategy ?? null,
    bytes: known.bytes ?? null,
    attempts: known.attempts ?? [],
  }
  return { error }
}

function propertiesOf(error: unknown): Partial<ZeroCopyError> {
  return error instanceof Error ? error : {}
}
