import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { attached } from './attached'
import { binding } from './binding'
import { claim, release } from './busy'
import { BUSY_FAILURE, closedForWriting, connected, type Stream, whyClosed } from './closed'
import { destroyWith } from './destroy'
import { type Kept, kept } from './duplicate'
import { thrownBy } from './errors'
import { Failure } from './failure'
import type { Progress } from './options'
import { Report, type TransferReport } from './report'
import { streamedFrom } from './send-stream'
import { fdOf } from './socket'
import { asSendOptions, type SendOptions, type SendWish } from './socket-options'
import { asSource, obstacleAt, pathOf, type Source, type SourceLike } from './source'
import { asTarget, end, isPeersFault, ownQueue } from './target'
import { begun, type Transfer } from './transfer'
import { type Put, written } from './turn'
import { progressAt, watched, wholeOf } from './watch'
import { avoided, decide } from './way'

const SEND = { read: Report.read, progress: progressAt }

/**
 * Sends a file to a socket, in the kernel where that can be, and says how it was done.
 *
 * What was written to the socket before leaves first, and what is written meanwhile leaves after. A plain TCP or
 * UNIX socket, or a child's stdin, gets the bytes from the kernel; any other Writable, as a TLS socket, through
 * streams, and the report's `attempts` say why.
 *
 * @param target - A socket that is connected or connecting, or another Writable. It stays the caller's, and open
 *   unless `end: true`. After an abort it is in the middle of the file: `error.bytes` says where. It is
 *   destroyed, its peer gets a reset, where a failure leaves the peer with a part of the file.
 * @param source - A path, or a descriptor or FileHandle open for reading, which is duplicated at the call, left
 *   open, and its position untouched. What is appended after it was opened is not sent.
 * @returns What was done: times in milliseconds, sizes in bytes, once the last byte is with the kernel.
 *
 * Rejects with a {@link ZeroCopyError}: `ERR_SOCKET_CLOSED` for a socket never connected, closed or ending,
 * before the file is opened; `ERR_SOCKET_BUSY` while another transfer sends; EPIPE or ECONNRESET from a peer
 * that is gone; `ERR_SOURCE_TRUNCATED` where the file became shorter; `ERR_STRATEGY_UNAVAILABLE`; what opening
 * and reading it gave. TypeError and RangeError are for bad arguments and a range beyond the file, AbortError
 * (`ABORT_ERR`) for its signal.
 *
 * @example
 * server.on('connection', async (socket) => {
 *   const report = await sendFile(socket, 'index.html', { end: true })
 *   console.log(`${report}`) // sendfile = 0.001 sec, 1.2 GB/s, 0 CPU copies
 * })
 *
 * @see sendfile(2), splice(2), socket(7)
 */
export async function sendFile(
  target: Socket | Writable,
  source: SourceLike,
  options?: SendOptions,
): Promise<TransferReport> {
  const to = asTarget(target)
  const from = asSource(source, true)
  const wish = asSendOptions(options)
  const signal = wish.watch?.signal
  const called = performance.now()
  const result = signal?.aborted ? new Failure({ code: 'ABORT_ERR' }) : await claimed(to, from, wish)
  if (result instanceof Failure) throw thrownBy(sendFile, result, operation(from), signal)
  result.totalMs = performance.now() - called
  return result
}

function operation(from: Source) {
  return { syscall: 'sendfile', path: pathOf(from), dest: null }
}

const OUT = ['out'] as const

async function claimed(to: Stream, from: Source, wish: SendWish): Promise<Report | Failure> {
  const failure = closedForWriting(to) ?? obstacleAt(from)
  if (failure !== null) return failure
  if (!claim(to, OUT)) return BUSY_FAILURE
  try {
    const result = await sent(to, from, wish)
    return result instanceof Report && wish.end ? await end(to, result) : result
  } finally {
    release(to, OUT)
  }
}

/** The descriptor is ours as soon as the send has to wait for anything. */
async function sent(to: Stream, from: Source, wish: SendWish): Promise<Report | Failure> {
  let own: Kept | Failure | null = null
  let begins = false
  const signal = wish.watch?.signal
  const transfer = (put: Put) => {
    begins = true
    return own instanceof Failure ? Promise.resolve(own) : moved(to, own?.source ?? from, wish, put)
  }
  const result = inOrder(to, transfer, signal)
  if (!begins) own = kept(from)
  try {
    return await result
  } finally {
    if (own !== null && !(own instanceof Failure)) own.close()
  }
}

async function inOrder(
  to: Stream,
  transfer: (put: Put) => Promise<Report | Failure>,
  signal: AbortSignal | undefined,
): Promise<Report | Failure> {
  const connecting = connected(to, signal)
  const failure = connecting && ((await connecting) ?? closedForWriting(to))
  if (failure) return failure
  const queue = ownQueue<Report | Failure>(to, signal)
  if (queue !== null) return queue(transfer)
  return transfer((chunk) => written((done) => (to as Writable).write(chunk, done)))
}

/** It is our turn: nothing is queued before us, and what comes after waits. */
async function moved(to: Stream, from: Source, wish: SendWish, put: Put): Promise<Report | Failure> {
  if (to.destroyed) return whyClosed(to)
  const way = decide(to, wish.ways, ['sendfile', 'read_write'], 'write')
  if (way instanceof Failure) return way
  let result = way.isNative ? await natively(to as Socket, from, wish) : null
  const isRefused =
    result instanceof Failure && result.code === 'ERR_STRATEGY_UNAVAILABLE' && result.bytes === 0
  if (result === null || (isRefused && way.isStream && wish.ways.native !== null)) {
    const before = result instanceof Failure ? result.attempts : avoided(way)
    const transfer = streamedFrom(from, to, put, wish, before)
    result = await attached(transfer, [to], seen(transfer, wish))
  }
  if (result instanceof Failure && leavesPart(result)) {
    destroyWith(to, thrownBy(moved, result, operation(from)))
  }
  return result
}

async function natively(to: Socket, from: Source, wish: SendWish): Promise<Report | Failure> {
  if (binding === null) throw new Error('no binding')
  const transfer = begun(binding, SEND, (native, id) => native.sendFile(id, fdOf(to), from, wish.numbers))
  return attached(transfer, [to], seen(transfer, wish))
}

function seen(transfer: Transfer<Report, Progress>, { watch }: SendWish): Promise<Report | Failure> {
  return watch === null ? transfer.outcome : watched(transfer, watch, wholeOf)
}

/** The peer has a part of the file and waits for the rest, or is gone. After an abort the caller decides. */
function leavesPart(failure: Failure): boolean {
  if (failure.code === 'ABORT_ERR') return false
  return failure.bytes > 0 || failure.code === 'ERR_SOURCE_TRUNCATED' || isPeersFault(failure)
}
