import { absence } from './binding'
import { nameOf } from './errno'
import { Failure } from './failure'
import { type Path, pathText } from './path'
import type { Attempt } from './report'
import { captureStack } from './stack'
import type { Strategy } from './strategies'

/** What was asked for, as an error names it. */
export interface Operation {
  /** As Node names the operation: `copyfile`. */
  syscall: string
  /** Null: a descriptor, or none. */
  path: Path | null
  dest: Path | null
}

/** What every failed transfer knows beside Node's own properties. */
interface Progressed {
  /** The system call that failed, as strace names it; null where none did. */
  call: string | null
  /** The strategy that was at work; null: none yet. */
  strategy: Strategy | null
  /** Moved before it failed. */
  bytes: number
  attempts: Attempt[]
}

/**
 * A failure of the kernel, or one of this package's own codes.
 *
 * A kernel's failure has the properties and the message of Node's own `fs` errors: `code`, a negative
 * `errno`, `syscall`, `path` and `dest` (a Buffer is decoded as UTF-8), each absent where it means nothing.
 * Codes of our own, as `ERR_STRATEGY_UNAVAILABLE` and `ERR_SOURCE_TRUNCATED`, have no `errno`; where the
 * kernel refused, `cause` has.
 *
 * @example
 * try {
 *   await copyFile('disk.img', '/mnt/full/disk.img')
 * } catch (error) {
 *   if (error instanceof ZeroCopyError && error.code === 'ENOSPC') console.error(error.bytes, error.attempts)
 * }
 *
 * @see errno(3)
 */
export class ZeroCopyError extends Error implements NodeJS.ErrnoException, Progressed {
  // Declared only: a field that means nothing must be absent, not undefined.
  /** Negative, as Node's; absent for the codes of our own. */
  declare errno?: number
  declare code: string
  /** The operation as Node names it, `copyfile`; absent where no system call failed. */
  declare syscall?: string
  declare path?: string
  declare dest?: string
  declare call: string | null
  declare strategy: Strategy | null
  declare bytes: number
  declare attempts: Attempt[]

  static {
    Object.defineProperty(ZeroCopyError.prototype, 'name', { value: 'ZeroCopyError', writable: true })
  }
}

class AbortError extends Error {
  readonly code = 'ABORT_ERR'

  static {
    Object.defineProperty(AbortError.prototype, 'name', { value: 'AbortError', writable: true })
  }
}

/** The stopped transfer as the web and Node know it, with what was done until then. */
export function aborted(signal: AbortSignal | undefined, failure?: Failure): Error {
  const options = signal?.aborted ? { cause: signal.reason } : {}
  const { bytes = 0, attempts = [] } = failure ?? {}
  return Object.assign(new AbortError('The operation was aborted', options), { bytes, attempts })
}

/**
 * The error of a failed call, born in the function that the user called so that its stack leads to the caller.
 */
export function thrownBy(
  called: (...args: never[]) => unknown,
  failure: Failure,
  operation: Operation,
  signal?: AbortSignal,
): Error {
  const error = isAbort(failure, signal) ? aborted(signal, failure) : errorOf(failure, operation)
  captureStack(error, called)
  return error
}

/** One signal may stop both ways of a socket: the receive that has lost bytes closes it, which the send may hear first. */
function isAbort({ code }: Failure, signal: AbortSignal | undefined): boolean {
  return code === 'ABORT_ERR' || (code === 'ERR_SOCKET_CLOSED' && signal?.aborted === true)
}

/** The failure of everything where the binding could not be loaded. */
export function unavailable(): Failure {
  return new Failure({
    code: 'ERR_STRATEGY_UNAVAILABLE',
    description: `no native binding: ${absence?.message}`,
    cause: absence,
  })
}

/** Makes a failure the error that the caller sees. */
export function errorOf(failure: Failure, operation: Operation): Error {
  const { errno, call, strategy, bytes, attempts, description } = failure
  const progressed: Progressed = { call, strategy, bytes, attempts }
  if (errno !== null) return kernelError(failure, errno, operation, progressed)
  const code = failure.code ?? 'ERR_INTERNAL_ASSERTION'
  const ends = endsOf(operation)
  const fields = { code, ...ends, ...progressed }
  const message = `${description}${placeOf(operation.syscall, ends)}${detailOf(failure)}`
  if (code === 'ERR_OUT_OF_RANGE') return Object.assign(new RangeError(message), fields)
  return Object.assign(new ZeroCopyError(`${code}: ${message}`, causeOf(failure)), fields)
}

function kernelError(failure: Failure, errno: number, operation: Operation, progressed: Progressed): Error {
  const name = nameOf(errno)
  const code = name.description === null ? (failure.code ?? name.code) : name.code
  const words = name.description ?? failure.description ?? 'unknown error'
  const ends = endsOf(operation)
  const { syscall } = operation
  const message = `${code}: ${words}${placeOf(syscall, ends)}${detailOf(failure)}`
  return Object.assign(new ZeroCopyError(message), { errno: -errno, code, syscall, ...ends, ...progressed })
}

interface Ends {
  path?: string
  dest?: string
}

function endsOf({ path, dest }: Operation): Ends {
  const ends: Ends = {}
  if (path !== null) ends.path = pathText(path)
  if (dest !== null) ends.dest = pathText(dest)
  return ends
}

/** As libuv's messages end: `, copyfile 'a' -> 'b'`. */
function placeOf(syscall: string, { path, dest }: Ends): string {
  return `, ${syscall}${path === undefined ? '' : ` '${path}'`}${dest === undefined ? '' : ` -> '${dest}'`}`
}

function detailOf({ detail }: Failure): string {
  return detail === null ? '' : ` (${detail})`
}

function causeOf({ refusal, cause }: Failure): ErrorOptions {
  if (refusal === null) return cause === undefined ? {} : { cause }
  const { errno, call } = refusal
  const { code, description } = nameOf(errno)
  const error = new Error(`${code}: ${description ?? 'unknown error'}${call === null ? '' : `, ${call}`}`)
  return { cause: Object.assign(error, { errno: -errno, code }, call === null ? {} : { syscall: call }) }
}
