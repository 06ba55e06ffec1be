import { addressOf, asBenchmarkOptions, type BenchmarkWish } from './benchmark-options'
import { Benchmarking } from './benchmark-run'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark-types'
import { binding } from './binding'
import { type Operation, thrownBy, unavailable } from './errors'
import { Failure } from './failure'
import { assertAllowed } from './permission'

/**
 * Measures what each strategy costs on this machine: by default the original's experiment (10 MB, disk to disk, buffers of
 * 32 to 512 bytes, ten runs of each mode, the moving loop alone), then every other strategy, and `auto`.
 *
 * @param options - docs/api.md explains each.
 * @returns Every run, raw, and medians with their spread: times in milliseconds, sizes in bytes. `String` of it is a table,
 *   `JSON.stringify` a record.
 *
 * Rejects with TypeError and RangeError for bad arguments, before anything is touched; with a {@link ZeroCopyError} where the
 * test files have no room (ENOSPC, with the numbers) or can't be made, where the file changes meanwhile
 * (`ERR_SOURCE_CHANGED`), and for what a copy or a send rejects with; with an AbortError after its signal. What was measured
 * until then is the error's `result`. No test file stays, however it ends.
 *
 * @example
 * const result = await benchmark({ size: 64 * 2 ** 20, buffers: [4096, 262_144], where: '/data' })
 * console.log(String(result))
 *
 * @see getrusage(2), syncfs(2), posix_fadvise(2), sendfile(2)
 */
export async function benchmark(options?: BenchmarkOptions): Promise<BenchmarkResult> {
  const wish = asBenchmarkOptions(options)
  const { signal } = wish
  const outcome = signal?.aborted ? new Failure({ code: 'ABORT_ERR' }) : await measured(wish)
  if (!(outcome instanceof Failure) && outcome.failure === null) return outcome.result(true)
  const failure = outcome instanceof Failure ? outcome : (outcome.failure as Failure)
  const error = thrownBy(benchmark, failure, operation(failure), signal)
  const result = outcome instanceof Failure || outcome.isEmpty ? null : outcome.result(false)
  throw result === null ? error : Object.assign(error, { result })
}

/** All that was measured, whole or not; a failure where it could not begin. */
async function measured(wish: BenchmarkWish): Promise<Benchmarking | Failure> {
  if (wish.file !== null) assertAllowed('fs.read', wish.file)
  if (wish.file === null || wish.peer === null) assertAllowed('fs.write', wish.where)
  if (binding === null) return unavailable()
  const begun = await Benchmarking.begin(binding, wish, await addressOf(wish.peer))
  if (!(begun instanceof Failure)) await begun.all()
  return begun
}

/** What it is about, where the core says so. */
function operation({ path }: Failure): Operation {
  return { syscall: 'benchmark', path, dest: null }
}
