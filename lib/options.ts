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

const LIST = 6
const REFLINK = ['auto', 'always', 'never'] as const

function blank(): Float64Array {
  const numbers = new Float64Array(LIST + 2 + strategies.length).fill(Number.NaN)
  numbers[5] = 0
  return numbers
}

/** Without options; the binding only reads it. */
const PLAIN: Wish = { numbers: blank(), watch: null }

/** Checks everything that can be checked without touching a file. */
export function asCopyOptions(options: unknown): Wish {
  if (options === undefined) return PLAIN
  if (typeof options === 'number') return { numbers: numbersOfMode(options), watch: null }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'of type number or an instance of Object', options)
  }
  const given: Given<CopyOptions> = options
  return { numbers: numbersOf(given), watch: watchOf(given) }
}

/** As {@link asCopyOptions}, for a call that returns only when all is over. */
export function asSyncOptions(options: unknown): Wish {
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
  const numbers = blank()
  integer('mode', mode, 0, 7)
  if (mode & COPYFILE_EXCL) numbers[3] = 0
  if (mode & COPYFILE_FICLONE_FORCE) numbers[4] = REFLINK.indexOf('always')
  return numbers
}

function numbersOf(given: Given<CopyOptions>): Float64Array {
  const numbers = blank()
  numbers[0] = integer('options.offset', given.offset, 0)
  numbers[1] = integer('options.length', given.length, 0)
  numbers[2] = integer('options.bufferSize', given.bufferSize, 1)
  const overwrite = boolean('options.overwrite', given.overwrite)
  if (overwrite !== undefined) numbers[3] = Number(overwrite)
  const reflink = given.reflink === undefined ? 'auto' : oneOf('options.reflink', given.reflink, REFLINK)
  numbers[4] = REFLINK.indexOf(reflink)
  const list = listOf(given.strategy)
  if (reflink === 'always' && list.length > 0 && !list.includes('reflink')) {
    throw invalidValue(
      'options.strategy',
      "must be or include 'reflink' where reflink is 'always'",
      given.strategy,
    )
  }
  numbers[5] = list.length
  list.forEach((strategy, i) => {
    numbers[LIST + i] = strategies.indexOf(strategy)
  })
  refuseLater(given)
  return numbers
}

/** The strategies to try in order, each once; none: auto. */
function listOf(strategy: unknown): Strategy[] {
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

function watchOf(given: Given<CopyOptions>): Watch | null {
  const { signal, onProgress } = given
  const intervalMs = intervalOf(given.progressIntervalMs)
  if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal))) {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidType('options.onProgress', 'of type function', onProgress)
  }
  if (signal === undefined && onProgress === undefined) return null
  return { signal: signal as Watch['signal'], onProgress: onProgress as Watch['onProgress'], intervalMs }
}

function intervalOf(value: unknown): number {
  const name = 'options.progressIntervalMs'
  if (value === undefined) return 100
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value)
  if (!(value >= 0 && Number.isFinite(value))) throw outOfRange(name, '>= 0 and finite', value)
  return value
}
