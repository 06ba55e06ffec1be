import { constants } from 'node:fs'
import { boolean, integer, invalidType, invalidValue, oneOf, outOfRange } from './arguments'
import { refuseLater } from './later'
import { type Strategy, strategies } from './strategies'
import type { Watch } from './watch'

/** How far a transfer is. */
export interface Progress {
  bytes: number
  /** Null: not known yet. */
  total: number | null
}

/** What may be said about any transfer. A property that is undefined is as absent. */
export interface TransferOptions {
  /**
   * `auto` (the default): the fastest correct one for these files, with fallbacks. One name: that one or an
   * error. A list: tried in order, then `ERR_STRATEGY_UNAVAILABLE`.
   */
  strategy?: Strategy | 'auto' | readonly Strategy[] | undefined
  /** Bytes, at least 1: for strategies with a user buffer, ignored by the others. Tuned by default. */
  bufferSize?: number | undefined
  /** The first byte of the source to transfer, 0 by default; beyond the source's end: `ERR_OUT_OF_RANGE`. */
  offset?: number | undefined
  /** How many bytes of the source to transfer, to its end by default; beyond the end: `ERR_OUT_OF_RANGE`. */
  length?: number | undefined
  /** Threads for one transfer, at most. This version always uses one. */
  threads?: number | 'auto' | undefined
  /** Stops the transfer, which then rejects with an AbortError. */
  signal?: AbortSignal | undefined
  /**
   * Told of the progress every `progressIntervalMs`, and once more before the promise resolves. Never changes
   * the strategy. If it throws, the transfer is stopped and rejects with that.
   */
  onProgress?: ((progress: Progress) => void) | undefined
  /** Milliseconds; 100 by default. */
  progressIntervalMs?: number | undefined
}

/** What may be said about a copy. */
export interface CopyOptions extends TransferOptions {
  /** True by default. False: a destination that exists, be it a dangling link, is EEXIST. */
  overwrite?: boolean | undefined
  /**
   * `auto` (the default) shares extents where the file system can. `always` rejects where it can't, with the
   * kernel's own code (ENOTSUP, EXDEV). `never` shares extents by no strategy.
   */
  reflink?: 'auto' | 'always' | 'never' | undefined
  /** This version writes in place, so `true` is refused. */
  atomic?: 'auto' | boolean | undefined
  /** This version does not wait for the disk, so `true` is refused. */
  durable?: boolean | undefined
  /** This version knows `auto` alone. */
  sparse?: 'auto' | 'always' | 'never' | undefined
  /** Permission bits are always the source's; this version preserves nothing else, so `true` is refused. */
  preserve?:
    | boolean
    | { timestamps?: boolean | undefined; ownership?: boolean | undefined; xattrs?: boolean | undefined }
    | undefined
}

/** Options as the binding and the watch take them. */
export interface Wish {
  /** NaN: not given. */
  readonly numbers: Float64Array
  /** Null: nobody looks at the transfer. */
  readonly watch: Watch | null
}

export interface CopyWish extends Wish {
  /** `stream` was listed, of which the binding knows nothing. */
  readonly isStream: boolean
}

const REFLINK = ['auto', 'always', 'never'] as const

/** The numbers of `known` options, none of them given; behind them the strategies: none listed. */
export function blank(known: number): Float64Array {
  const numbers = new Float64Array(known + 1 + strategies.length).fill(Number.NaN)
  numbers[known] = 0
  return numbers
}

/** Lists strategies behind the numbers of `known` options. */
export function list(numbers: Float64Array, known: number, listed: readonly Strategy[]): void {
  numbers[known] = listed.length
  listed.forEach((strategy, i) => {
    numbers[known + 1 + i] = strategies.indexOf(strategy)
  })
}

/** Offset, length, buffer size, overwrite, reflink. */
const OPTIONS = 5

/** Without options; the binding only reads it. */
const PLAIN: CopyWish = { numbers: blank(OPTIONS), watch: null, isStream: false }

/** Checks everything that can be checked without touching a file. */
export function asCopyOptions(options: unknown): CopyWish {
  if (options === undefined) return PLAIN
  if (typeof options === 'number') return { ...PLAIN, numbers: numbersOfMode(options) }
  const given = givenIn<CopyOptions>(options, 'of type number or an instance of Object')
  const listed = listOf(given.strategy)
  const watch = watchOf<Progress>(given)
  return { numbers: numbersOf(given, listed), watch, isStream: listed.includes('stream') }
}

/** An object of options, or none. */
export function givenIn<T>(options: unknown, expected = 'an instance of Object'): Given<T> {
  if (options === undefined) return {}
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options as Given<T>
  throw invalidType('options', expected, options)
}

/** As {@link asCopyOptions}, for a call that returns only when all is over. */
export function asSyncOptions(options: unknown): CopyWish {
  const wish = asCopyOptions(options)
  if (wish === PLAIN || typeof options === 'number') return wish
  const given = options as Given<CopyOptions>
  for (const name of ['signal', 'onProgress', 'progressIntervalMs'] as const) {
    if (given[name] !== undefined)
      throw invalidValue(`options.${name}`, 'is not for copyFileSync', given[name])
  }
  return wish
}

/** What a caller without a type checker may have put there. */
export type Given<T> = { readonly [K in keyof T]?: unknown }

/** The bits of Node's copyFile. */
function numbersOfMode(mode: number): Float64Array {
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants
  const numbers = blank(OPTIONS)
  integer('mode', mode, 0, 7)
  if (mode & COPYFILE_EXCL) numbers[3] = 0
  if (mode & COPYFILE_FICLONE_FORCE) numbers[4] = REFLINK.indexOf('always')
  return numbers
}

function numbersOf(given: Given<CopyOptions>, listed: readonly Strategy[]): Float64Array {
  const numbers = blank(OPTIONS)
  numbers[0] = integer('options.offset', given.offset, 0)
  numbers[1] = integer('options.length', given.length, 0)
  numbers[2] = integer('options.bufferSize', given.bufferSize, 1)
  const overwrite = boolean('options.overwrite', given.overwrite)
  if (overwrite !== undefined) numbers[3] = Number(overwrite)
  const reflink = given.reflink === undefined ? 'auto' : oneOf('options.reflink', given.reflink, REFLINK)
  numbers[4] = REFLINK.indexOf(reflink)
  if (reflink === 'always' && listed.length > 0 && !listed.includes('reflink')) {
    throw invalidValue(
      'options.strategy',
      "must be or include 'reflink' where reflink is 'always'",
      given.strategy,
    )
  }
  list(
    numbers,
    OPTIONS,
    listed.filter((strategy) => strategy !== 'stream'),
  )
  refuseLater(given)
  return numbers
}

/** The strategies to try in order, each once; none: auto. */
export function listOf(strategy: unknown): Strategy[] {
  const name = 'options.strategy'
  if (strategy === undefined || strategy === 'auto') return []
  if (!Array.isArray(strategy)) {
    if (typeof strategy !== 'string')
      throw invalidType(name, 'of type string or an instance of Array', strategy)
    return [oneOf(name, strategy, ['auto', ...strategies]) as Strategy]
  }
  if (strategy.length === 0) throw invalidValue(name, 'must list one strategy at least', strategy)
  return [...new Set(strategy.map((each, i) => oneOf(`${name}[${i}]`, each, strategies)))]
}

export function watchOf<P>(given: Given<Watching>): Watch<P> | null {
  const { signal, onProgress } = given
  const intervalMs = intervalOf(given.progressIntervalMs)
  if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal))) {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidType('options.onProgress', 'of type function', onProgress)
  }
  if (signal === undefined && onProgress === undefined) return null
  return {
    signal: signal as AbortSignal | undefined,
    onProgress: onProgress as Watch<P>['onProgress'],
    intervalMs,
  }
}

type Watching = Pick<TransferOptions, 'signal' | 'onProgress' | 'progressIntervalMs'>

function intervalOf(value: unknown): number {
  const name = 'options.progressIntervalMs'
  if (value === undefined) return 100
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value)
  if (!(value >= 0 && Number.isFinite(value))) throw outOfRange(name, '>= 0 and finite', value)
  return value
}
