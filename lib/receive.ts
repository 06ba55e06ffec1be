import type { PathLike } from 'node:fs'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { attached } from './attached'
import { binding } from './binding'
import { claim, release } from './busy'
import { BUSY_FAILURE, closedForReading, connected, type Stream, whyClosed } from './closed'
import { destroyWith } from './destroy'
import { type Operation, thrownBy } from './errors'
import { Failure } from './failure'
import { keepOpen } from './half-open'
import { Held, readByOthers } from './hold'
import { asPath, type Path } from './path'
import { assertAllowed } from './permission'
import { asReadable } from './readable'
import { streamedInto, tooMany } from './receive-stream'
import { Report, type TransferReport } from './report'
import { fdOf } from './socket'
import { asReceiveOptions, type ReceiveOptions, type ReceiveWish } from './socket-options'
import { begun } from './transfer'
import { progressAt, watched, wholeOf } from './watch'
import { avoided, decide } from './way'
import { AT, wished } from './wish'

const RECEIVE = { read: Report.read, progress: progressAt }

/**
 * Receives a socket's bytes into a file, in the kernel where that can be, and says how it was done.
 *
 * What JavaScript has read but nobody has taken comes first. The file appears under its name when it is whole;
 * on any failure the old one stays, and nothing is left behind.
 *
 * @param source - A socket that nobody else reads, or another Readable (through streams). With `length` it stays
 *   the caller's, and later bytes reach JavaScript. Without, its stream is received to its end: then 'end' is
 *   emitted, and its writable side is left as it is. Where a failure has cost bytes of the stream it is
 *   destroyed, and its peer gets a reset.
 * @param destination - A path.
 * @returns What was done: times in milliseconds, sizes in bytes.
 *
 * Rejects with a {@link ZeroCopyError}: `ERR_SOCKET_CLOSED` for a socket never connected or closed;
 * `ERR_SOCKET_BUSY` while another transfer, a listener or a pipe reads it; `ERR_SOURCE_TRUNCATED` where the
 * stream ends before `length`; `ERR_SIZE_EXCEEDED`; ECONNRESET, never a short file, for a reset; what opening
 * and writing the file gave, as EEXIST and ENOSPC; `ERR_STRATEGY_UNAVAILABLE` and `ERR_ATOMIC_UNAVAILABLE`.
 * TypeError and RangeError are for bad arguments, AbortError (`ABORT_ERR`) for its signal.
 *
 * @example
 * const server = net.createServer({ pauseOnConnect: true }, async (socket) => {
 *   const { bytes } = await receiveFile(socket, 'upload', { maxBytes: 1e9 })
 *   socket.end(`${bytes} bytes\n`)
 * })
 *
 * @see splice(2), rename(2), socket(7)
 */
export async function receiveFile(
  source: Socket | Readable,
  destination: PathLike,
  options?: ReceiveOptions,
): Promise<TransferReport> {
  return await received(receiveFile, source, destination, options, capped)
}

/**
 * As {@link receiveFile}, for `least` to `most` bytes and then the end of the stream: fewer is
 * `ERR_SOURCE_TRUNCATED`, more `ERR_SIZE_EXCEEDED`. The command line's; not public.
 */
export async function receiveWithin(
  source: Socket,
  destination: PathLike,
  [least, most]: readonly [least: number, most: number],
  options?: ReceiveOptions,
): Promise<TransferReport> {
  const both = { ...options, length: least, maxBytes: most }
  return await received(receiveWithin, source, destination, both, () => null)
}

/** With both, `length` rules: the binding would read to the end of the stream. */
function capped({ numbers }: ReceiveWish): Failure | null {
  const [length, maxBytes] = [wished(numbers, 'length'), wished(numbers, 'maxBytes')]
  if (length !== undefined) numbers[AT.maxBytes] = Number.NaN
  return length !== undefined && maxBytes !== undefined && length > maxBytes ? tooMany() : null
}

async function received(
  called: (...args: never[]) => unknown,
  source: unknown,
  destination: unknown,
  options: unknown,
  check: (wish: ReceiveWish) => Failure | null,
): Promise<TransferReport> {
  const from = asReadable(source, 'source')
  const to = asPath(destination, 'destination')
  const wish = asReceiveOptions(options)
  const signal = wish.watch?.signal
  const began = performance.now()
  const result = signal?.aborted
    ? new Failure({ code: 'ABORT_ERR' })
    : (check(wish) ?? (await claimed(from, to, wish)))
  if (result instanceof Failure) throw thrownBy(called, result, operation(to), signal)
  result.totalMs = performance.now() - began
  return result
}

function operation(to: Path): Operation {
  return { syscall: 'receivefile', path: null, dest: to }
}

const IN = ['in'] as const

async function claimed(from: Stream, to: Path, wish: ReceiveWish): Promise<Report | Failure> {
  const failure = closedForReading(from) ?? readByOthers(from)
  if (failure !== null) return failure
  assertAllowed('fs.write', to)
  if (!claim(from, IN)) return BUSY_FAILURE
  try {
    const connecting = connected(from, wish.watch?.signal)
    const later = connecting && ((await connecting) ?? closedForReading(from) ?? readByOthers(from))
    return later ?? (await moved(from, to, wish))
  } finally {
    release(from, IN)
  }
}

async function moved(from: Stream, to: Path, wish: ReceiveWish): Promise<Report | Failure> {
  if (from.destroyed) return whyClosed(from)
  const way = decide(from, wish.ways, ['splice', 'read_write'], 'read')
  if (way instanceof Failure) return way
  const result = way.isNative ? await natively(from as Socket, to, wish) : null
  const isRefused =
    result instanceof Failure && result.code === 'ERR_STRATEGY_UNAVAILABLE' && !isSpoilt(result)
  if (result !== null && !(isRefused && way.isStream && wish.ways.native !== null)) return result
  return streamed(from, to, wish, result instanceof Failure ? result.attempts : avoided(way))
}

async function natively(from: Socket, to: Path, wish: ReceiveWish): Promise<Report | Failure> {
  if (binding === null) throw new Error('no binding')
  const { numbers, watch } = wish
  const held = new Held(from, isUntilEnd(wish) ? undefined : wished(numbers, 'length'))
  try {
    const transfer = begun(binding, RECEIVE, (native, id) =>
      native.receiveFile(id, fdOf(from), to, held.prefix, numbers),
    )
    const outcome = watch === null ? transfer.outcome : watched(transfer, watch, wholeOf)
    const result = await attached(transfer, [from], outcome)
    if (!(result instanceof Failure)) await (isUntilEnd(wish) ? held.end() : held.resume())
    else if (isSpoilt(result)) spoil(from, to, result, held)
    else held.undo()
    return result
  } catch (error) {
    spoil(from, to, new Failure({ code: 'ABORT_ERR' }), held)
    throw error
  }
}

async function streamed(
  from: Stream,
  to: Path,
  wish: ReceiveWish,
  before: Report['attempts'],
): Promise<Report | Failure> {
  const { watch } = wish
  const settleHalfOpen = keepOpen(from)
  try {
    const transfer = streamedInto(from, to, wish, before)
    const result = await (watch === null ? transfer.outcome : watched(transfer, watch, wholeOf))
    if (result instanceof Failure && isSpoilt(result)) spoil(from, to, result)
    return result
  } catch (error) {
    spoil(from, to, new Failure({ code: 'ABORT_ERR' }))
    throw error
  } finally {
    settleHalfOpen()
  }
}

/** With both a length and a cap the end of the stream has to be seen. */
function isUntilEnd({ numbers }: ReceiveWish): boolean {
  return wished(numbers, 'length') === undefined || wished(numbers, 'maxBytes') !== undefined
}

/** Whether bytes of the stream may be lost: once a strategy was at work, as far as we know. */
function isSpoilt({ bytes, attempts }: Failure): boolean {
  return bytes > 0 || attempts.some(({ outcome }) => outcome !== 'avoided')
}

function spoil(from: Stream, to: Path, failure: Failure, held?: Held): void {
  destroyWith(from, thrownBy(spoil, failure, operation(to)))
  held?.letGo()
}
