import type { PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { integer } from './arguments'
import { binding } from './binding'
import { aborted, errorOf, type Operation, unavailable } from './errors'
import { Failure } from './failure'
import { numbers } from './numbers'
import { asCopyOptions, asSyncOptions, type CopyOptions, type Wish } from './options'
import { asPath, PATH_TYPES, type Path } from './path'
import { assertAllowed } from './permission'
import { Report, type TransferReport } from './report'
import { newId, outcomeOf, settled, transfers } from './transfer'
import { watched } from './watch'

const report = (n: Float64Array, text: string) => new Report(n, text)

/**
 * Copies a file by the fastest way that this kernel and these file systems have, and says how it was done.
 *
 * @param source - A path, or a descriptor or FileHandle open for reading, which is duplicated at the call,
 *   left open, and its position untouched.
 * @param destination - A path. What is there is overwritten, unless `overwrite: false`.
 * @param options - Or a number in their place: the bits `fs.constants.COPYFILE_*`.
 * @returns What was done: times in milliseconds, sizes in bytes. An empty source, or the same file by two
 *   names, is a success with 0 bytes and strategy null.
 *
 * Rejects as `fs.promises.copyFile` does, with Node's codes and message: {@link ZeroCopyError} for what the
 * kernel refused and for `ERR_STRATEGY_UNAVAILABLE` and `ERR_SOURCE_TRUNCATED`, TypeError and RangeError for
 * bad arguments, before anything is touched, AbortError (`ABORT_ERR`) after its signal. Each but a bad
 * argument's has `bytes` and `attempts`.
 *
 * @example
 * const report = await copyFile('disk.img', 'copy.img')
 * console.log(`${report}`) // copy_file_range = 0.123 sec, 1.2 GB/s, 1 CPU copy
 *
 * @see copy_file_range(2), sendfile(2), ioctl_ficlonerange(2)
 */
export async function copyFile(
  source: PathLike | FileHandle | number,
  destination: PathLike,
  options?: CopyOptions | number,
): Promise<TransferReport> {
  const from = asSource(source, true)
  const to = asPath(destination, 'destination')
  const wish = asCopyOptions(options)
  const signal = wish.watch?.signal
  const result = signal?.aborted ? new Failure({ code: 'ABORT_ERR' }) : await queued(from, to, wish)
  if (result instanceof Failure) throw thrownBy(copyFile, result, from, to, signal)
  return result
}

/**
 * Copies a file on the calling thread, which does nothing else meanwhile.
 *
 * As {@link copyFile}, but a FileHandle is no source, and `signal`, `onProgress` and `progressIntervalMs` are
 * `ERR_INVALID_ARG_VALUE`: nobody could act on them.
 *
 * @throws what {@link copyFile} rejects with.
 *
 * @example
 * const { strategy, syscalls } = copyFileSync('a', 'b', { strategy: ['reflink', 'sendfile'] })
 *
 * @see copy_file_range(2), sendfile(2), ioctl_ficlonerange(2)
 */
export function copyFileSync(
  source: PathLike | number,
  destination: PathLike,
  options?: Omit<CopyOptions, 'signal' | 'onProgress' | 'progressIntervalMs'> | number,
): TransferReport {
  const from = asSource(source, false)
  const to = asPath(destination, 'destination')
  const wish = asSyncOptions(options)
  const result = copied(from, to, wish)
  if (result instanceof Failure) throw thrownBy(copyFileSync, result, from, to, undefined)
  return result
}

type Source = Path | number

const EBADF = 9

/** A closed FileHandle has the descriptor -1; every other number is given to the kernel to judge. */
const CLOSED = -1

function asSource(source: unknown, mayBeHandle: boolean): Source {
  if (typeof source === 'string') return asPath(source, 'source')
  if (typeof source === 'number') return integer('source', source, 0, 2 ** 31 - 1)
  if (mayBeHandle && isFileHandle(source)) return source.fd
  return asPath(
    source,
    'source',
    mayBeHandle ? `${PATH_TYPES}, number or FileHandle` : `${PATH_TYPES}, or number`,
  )
}

/** Node exports no class to test for. */
function isFileHandle(source: unknown): source is FileHandle {
  return (
    typeof source === 'object' &&
    source !== null &&
    typeof (source as Partial<FileHandle>).fd === 'number' &&
    source.constructor?.name === 'FileHandle'
  )
}

/** What stands in the way before the binding is asked; null: nothing. */
function obstacle(from: Source, to: Path): Failure | null {
  if (typeof from !== 'number') assertAllowed('fs.read', from)
  assertAllowed('fs.write', to)
  return from === CLOSED ? new Failure({ errno: EBADF }) : null
}

function queued(from: Source, to: Path, wish: Wish): Promise<Report | Failure> | Failure {
  const failure = obstacle(from, to)
  if (failure !== null) return failure
  if (binding === null) return unavailable()
  const native = transfers(binding)
  const id = newId()
  native.copyFile(id, from, to, wish.numbers)
  const outcome = settled(id, report)
  return wish.watch === null ? outcome : watched(native, id, outcome, wish.watch)
}

function copied(from: Source, to: Path, wish: Wish): Report | Failure {
  const failure = obstacle(from, to)
  if (failure !== null) return failure
  if (binding === null) return unavailable()
  return outcomeOf(numbers, binding.copyFileSync(from, to, wish.numbers, numbers), report)
}

/**
 * The error of a failed copy, born in the function that the user called so that its stack leads to the
 * caller.
 */
function thrownBy(
  called: typeof copyFile | typeof copyFileSync,
  failure: Failure,
  from: Source,
  to: Path,
  signal: AbortSignal | undefined,
): Error {
  const operation: Operation = {
    syscall: 'copyfile',
    path: typeof from === 'number' ? null : from,
    dest: to,
  }
  const error = failure.code === 'ABORT_ERR' ? aborted(signal, failure) : errorOf(failure, operation)
  Error.captureStackTrace?.(error, called)
  return error
}
