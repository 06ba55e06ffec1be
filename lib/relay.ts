import type { Socket } from 'node:net'
import { invalidValue } from './arguments'
import { attached } from './attached'
import { binding } from './binding'
import { claim, release } from './busy'
import { BUSY_FAILURE, closedForReading, closedForWriting, connected, whyClosed } from './closed'
import { destroyWith } from './destroy'
import { thrownBy } from './errors'
import { Failure } from './failure'
import { Held, readByOthers } from './hold'
import { at, pieces } from './numbers'
import { asSocket } from './readable'
import { StreamRelay } from './relay-stream'
import { reportAt, type TransferReport } from './report'
import { fdOf, whyNotNative } from './socket'
import { asRelayOptions, type RelayOptions, type RelayProgress, type RelayWish } from './socket-options'
import { begun, type Transfer } from './transfer'
import { inTurn } from './turn'
import { watched } from './watch'
import { avoided } from './way'

/** What a relay did, in each direction. */
export interface RelayReport {
  aToB: TransferReport
  bToA: TransferReport
  /** The whole call, in milliseconds. */
  totalMs: number
}

/**
 * Connects two sockets until both directions have ended, in the kernel where that can be, and says how.
 *
 * What JavaScript has read but nobody has taken goes first, and after what was written before. When one end is
 * done sending, the other is told so, and the opposite direction goes on. Then, and on any failure, both sockets
 * are destroyed; after a failure the peers of TCP sockets get a reset.
 *
 * @param a - A socket that is connected or connecting, and that nobody else reads.
 * @param b - Another one.
 * @returns A report for each direction. Where one socket has no native way (TLS), both go through streams.
 *
 * Rejects with a {@link ZeroCopyError}: `ERR_SOCKET_CLOSED` for a socket never connected, closed or ending;
 * `ERR_SOCKET_BUSY` while another transfer, a listener or a pipe has one; ECONNRESET or EPIPE; ETIMEDOUT after
 * `idleTimeoutMs` without a byte. TypeError and RangeError are for bad arguments, AbortError (`ABORT_ERR`) for its
 * signal.
 *
 * @example
 * net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, async (client) => {
 *   const { aToB, bToA } = await relay(client, net.connect(5432, 'db'), { idleTimeoutMs: 60_000 })
 *   console.log(`${aToB.bytes} there, ${bToA.bytes} back`)
 * })
 *
 * @see splice(2), shutdown(2), socket(7)
 */
export async function relay(a: Socket, b: Socket, options?: RelayOptions): Promise<RelayReport> {
  const sockets = [asSocket(a, 'a'), asSocket(b, 'b')] as const
  if (a === b) throw invalidValue('b', 'must be another socket than a', b)
  const wish = asRelayOptions(options)
  const signal = wish.watch?.signal
  const called = performance.now()
  const result = signal?.aborted ? new Failure({ code: 'ABORT_ERR' }) : await claimed(sockets, wish)
  if (result instanceof Failure) throw thrownBy(relay, result, OPERATION, signal)
  result.totalMs = performance.now() - called
  return result
}

const OPERATION = { syscall: 'relay', path: null, dest: null }

type Pair = readonly [Socket, Socket]
type Outcome = RelayReport | Failure

function obstacleAt(sockets: Pair): Failure | null {
  for (const socket of sockets) {
    const failure = closedForWriting(socket) ?? closedForReading(socket) ?? readByOthers(socket)
    if (failure !== null) return failure
  }
  return null
}

async function claimed(sockets: Pair, wish: RelayWish): Promise<Outcome> {
  const failure = obstacleAt(sockets)
  if (failure !== null) return failure
  const taken = sockets.filter((socket) => claim(socket))
  try {
    return taken.length === 2 ? await destroyed(sockets, wish) : BUSY_FAILURE
  } finally {
    for (const socket of taken) release(socket)
  }
}

/** From now on both sockets are ours, and gone afterwards. */
async function destroyed(sockets: Pair, wish: RelayWish): Promise<Outcome> {
  // what they emit is in the outcome too, so nobody else need listen
  for (const socket of sockets) socket.on('error', () => {})
  let error: Error = thrownBy(destroyed, new Failure({ code: 'ABORT_ERR' }), OPERATION)
  try {
    const result = await relayed(sockets, wish)
    if (result instanceof Failure) error = thrownBy(destroyed, result, OPERATION, wish.watch?.signal)
    else for (const socket of sockets) socket.destroy()
    return result
  } finally {
    for (const socket of sockets) destroyWith(socket, error)
  }
}

async function relayed(sockets: Pair, wish: RelayWish): Promise<Outcome> {
  const signal = wish.watch?.signal
  for (const socket of sockets) {
    const connecting = connected(socket, signal)
    const failure = connecting && (await connecting)
    if (failure) return failure
  }
  const failure = obstacleAt(sockets)
  if (failure !== null) return failure
  const [a, b] = sockets
  const why = whyNotNative(a, 'read') ?? whyNotNative(b, 'read')
  if (why !== null) {
    const transfer = new StreamRelay(sockets, wish, avoided({ wanted: ['splice', 'read_write'], why }))
    return seen(transfer, wish)
  }
  return inTurn(a, () => inTurn(b, () => natively(sockets, wish), signal), signal)
}

async function natively(sockets: Pair, wish: RelayWish): Promise<Outcome> {
  const [a, b] = sockets
  const closed = sockets.find((socket) => socket.destroyed)
  if (closed) return whyClosed(closed)
  if (binding === null) throw new Error('no binding')
  const [fromA, fromB] = [new Held(a), new Held(b)]
  try {
    const transfer = begun(binding, RELAY, (native, id) =>
      native.relay(id, fdOf(a), fdOf(b), fromA.prefix, fromB.prefix, wish.numbers),
    )
    return await attached(transfer, sockets, seen(transfer, wish))
  } finally {
    fromA.letGo()
    fromB.letGo()
  }
}

function seen(transfer: Transfer<RelayReport, RelayProgress>, { watch }: RelayWish): Promise<Outcome> {
  const whole = ({ aToB, bToA }: RelayReport) => ({ aToB: aToB.bytes, bToA: bToA.bytes })
  return watch === null ? transfer.outcome : watched(transfer, watch, whole)
}

/** Kind 3: the whole time, then the two reports. */
const RELAY = {
  read(n: Float64Array, text: string): RelayReport {
    const words = pieces(text)
    const there = reportAt(n, 3, words, 0)
    const back = reportAt(n, there.nextNumber, words, there.nextPiece)
    return { aToB: there.report, bToA: back.report, totalMs: at(n, 2) }
  },
  progress: (n: Float64Array): RelayProgress => ({ aToB: at(n, 0), bToA: at(n, 1) }),
}
