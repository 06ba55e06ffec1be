import type { PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { binding } from './binding'
import { type Operation, thrownBy, unavailable } from './errors'
import { Failure } from './failure'
import { numbers } from './numbers'
import { asCopyOptions, asSyncOptions, type CopyOptions, type CopyWish } from './options'
import { asPath, type Path } from './path'
import { assertAllowed } from './permission'
import { type Attempt, Report, type TransferReport } from './report'
import { asSource, obstacleAt, pathOf, type Source } from './source'
import { begun, outcomeOf } from './transfer'
import { progressAt, watched, wholeOf } from './watch'
import { AT } from './wish'

const COPY = { read: Report.read, progress: progressAt }

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
  if (result instanceof Failure) throw thrownBy(copyFile, result, operation(from, to), signal)
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
  if (result instanceof Failure) throw thrownBy(copyFileSync, result, operation(from, to))
  return result
}

/** What stands in the way before the binding is asked; null: nothing. */
function obstacle(from: Source, to: Path, { isStream, numbers }: CopyWish): Failure | null {
  const failure = obstacleAt(from)
  assertAllowed('fs.write', to)
  if (failure !== null || !isStream || numbers[AT.strategies] !== 0) return failure
  const code = 'ERR_STRATEGY_UNAVAILABLE'
  return new Failure({ code, description: NO_STREAM, strategy: 'stream', attempts: [avoidedStream()] })
}

const NO_STREAM = 'copyFile does not go through streams in this version'

function avoidedStream(): Attempt {
  return { strategy: 'stream', bytes: 0, durationMs: 0, outcome: 'avoided', reason: NO_STREAM }
}

/** The core does not know of streams: that they were listed is told here. */
function withStream<T extends Report | Failure>(result: T, { isStream }: CopyWish): T {
  if (isStream) result.attempts.unshift(avoidedStream())
  return result
}

async function queued(from: Source, to: Path, wish: CopyWish): Promise<Report | Failure> {
  const failure = obstacle(from, to, wish)
  if (failure !== null) return failure
  if (binding === null) return unavailable()
  const transfer = begun(binding, COPY, (native, id) => native.copyFile(id, from, to, wish.numbers))
  const { watch } = wish
  return withStream(await (watch === null ? transfer.outcome : watched(transfer, watch, wholeOf)), wish)
}

function copied(from: Source, to: Path, wish: CopyWish): Report | Failure {
  const failure = obstacle(from, to, wish)
  if (failure !== null) return failure
  if (binding === null) return unavailable()
  const text = binding.copyFileSync(from, to, wish.numbers, numbers)
  return withStream(outcomeOf(numbers, text, Report.read), wish)
}

function operation(from: Source, to: Path): Operation {
  return { syscall: 'copyfile', path: pathOf(from), dest: to }
}
