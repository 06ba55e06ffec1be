import { boolean, integer, outOfRange } from './arguments'
import { type CopyOptions, givenIn, listOf, type Progress, type TransferOptions, watchOf } from './options'
import type { Strategy } from './strategies'
import type { Watch } from './watch'
import { AT, blank, putFile, putTransfer, type Wish } from './wish'

/** What may be said about a send. A property that is undefined is as absent. */
export interface SendOptions extends TransferOptions {
  /** Whether to end the target after the file's last byte. False by default. */
  end?: boolean | undefined
}

/** What may be said about receiving a file. A property that is undefined is as absent. */
export interface ReceiveOptions extends Omit<TransferOptions, 'offset'> {
  /**
   * So many bytes, and not one more is taken from the socket; a stream that ends before is
   * `ERR_SOURCE_TRUNCATED`. By default: until the stream ends.
   */
  length?: number | undefined
  /** Bytes; more of them is `ERR_SIZE_EXCEEDED`, and nothing is left behind. */
  maxBytes?: number | undefined
  /** True by default. False: a destination that exists, be it a dangling link, is EEXIST. */
  overwrite?: boolean | undefined
  /**
   * `auto` (the default): the file appears under its name when it is whole, where that can be. True: or
   * `ERR_ATOMIC_UNAVAILABLE`. False: it is written in place.
   */
  atomic?: CopyOptions['atomic']
  /** True: data, metadata and directory entry are on disk before the promise resolves. False by default. */
  durable?: boolean | undefined
  /** Permission bits of a new file, less the umask; 0o666 by default. */
  mode?: number | undefined
}

/** How far a relay is, in bytes. */
export interface RelayProgress {
  aToB: number
  bToA: number
}

/** What may be said about a relay. A property that is undefined is as absent. */
export interface RelayOptions {
  /** Bytes, at least 1: of the user buffer, where one is needed. Tuned by default. */
  bufferSize?: number | undefined
  /** Milliseconds: ETIMEDOUT when for so long no byte went either way. By default a relay is never idle. */
  idleTimeoutMs?: number | undefined
  /** Stops the relay, which then rejects with an AbortError. */
  signal?: AbortSignal | undefined
  /**
   * Told of the progress every 100 ms, and once more before the promise resolves. If it throws, the relay is
   * stopped and rejects with that.
   */
  onProgress?: ((progress: RelayProgress) => void) | undefined
}

/** The strategies that were listed, without `stream`, of which the binding knows nothing. */
export interface Ways {
  /** To be tried natively, in this order, before streams; null: the binding's choice. */
  readonly native: readonly Strategy[] | null
  /** Whether streams are allowed, where nothing native can run. */
  readonly stream: boolean
}

export interface SendWish extends Wish {
  readonly ways: Ways
  readonly end: boolean
}

export interface ReceiveWish extends Wish {
  readonly ways: Ways
}

export interface RelayWish {
  readonly numbers: Float64Array
  readonly watch: Watch<RelayProgress> | null
}

export function asSendOptions(options: unknown): SendWish {
  const given = givenIn<SendOptions>(options)
  const numbers = blank()
  numbers[AT.offset] = integer('options.offset', given.offset, 0)
  const ways = waysOf(given.strategy)
  putTransfer(numbers, given, ways.native ?? [])
  const end = boolean('options.end', given.end) ?? false
  return { numbers, watch: watchOf<Progress>(given), ways, end }
}

export function asReceiveOptions(options: unknown): ReceiveWish {
  const given = givenIn<ReceiveOptions>(options)
  const numbers = blank()
  numbers[AT.maxBytes] = integer('options.maxBytes', given.maxBytes, 0)
  const ways = waysOf(given.strategy)
  putTransfer(numbers, given, ways.native ?? [])
  putFile(numbers, given)
  numbers[AT.mode] = integer('options.mode', given.mode, 0, 0o777)
  return { numbers, watch: watchOf<Progress>(given), ways }
}

export function asRelayOptions(options: unknown): RelayWish {
  const given = givenIn<RelayOptions>(options)
  const { bufferSize, idleTimeoutMs: idle, signal, onProgress } = given
  const numbers = new Float64Array(2)
  numbers[0] = integer('options.bufferSize', bufferSize, 1)
  numbers[1] = Number.NaN
  if (idle !== undefined) {
    if (typeof idle !== 'number') integer('options.idleTimeoutMs', idle, 1)
    else if (!(idle > 0 && idle <= LONGEST_MS)) {
      throw outOfRange('options.idleTimeoutMs', `> 0 && <= ${LONGEST_MS}`, idle)
    } else numbers[1] = idle
  }
  return { numbers, watch: watchOf<RelayProgress>({ signal, onProgress }) }
}

/** As of Node's timers. */
const LONGEST_MS = 2 ** 31 - 1

/** Streams never refuse: what is listed behind them is never reached. */
function waysOf(strategy: unknown): Ways {
  const listed = listOf(strategy)
  if (listed.length === 0) return { native: null, stream: true }
  const nth = listed.indexOf('stream')
  return nth === -1 ? { native: listed, stream: false } : { native: listed.slice(0, nth), stream: true }
}
