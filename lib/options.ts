import { constants } from 'node:fs'
import { integer, invalidType, invalidValue, oneOf, outOfRange } from './arguments'
import { type Strategy, strategies } from './strategies'
import type { Watch } from './watch'
import { AT, blank, type Given, preserveOf, putFile, putTransfer, type Wish, when } from './wish'

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
  /**
   * Threads for one transfer, at most: by default as many as pay. Only the strategy `direct` uses more than one, which
   * has up to four writes under way.
   */
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
  /**
   * `auto` (the default): an existing destination is replaced whole, and a new one appears when it is whole, where
   * that can be; otherwise it is written in place, and the report says why. True: or `ERR_ATOMIC_UNAVAILABLE`,
   * before anything is touched. False: in place, as `fs.copyFile`.
   */
  atomic?: 'auto' | boolean | undefined
  /** True: data, metadata and directory entry are on disk before the promise resolves. False by default. */
  durable?: boolean | undefined
  /**
   * `auto` (the default): a source with fewer blocks than its size keeps its holes, but not on ZFS and network file
   * systems. `always`: blocks of zeroes become holes too. `never`: every byte is written.
   */
  sparse?: 'auto' | 'always' | 'never' | undefined
  /**
   * What the copy gets besides its bytes: nothing by default, true is all of it. Permission bits (0777) are always
   * the source's, whatever the umask; setuid, setgid and sticky only where owner and group end up the source's.
   */
  preserve?:
    | boolean
    | { timestamps?: boolean | undefined; ownership?: boolean | undefined; xattrs?: boolean | undefined }
    | undefined
}

export interface CopyWish extends Wish {
  /** `stream` was listed, of which the binding knows nothing. */
  readonly isStream: boolean
}

/** Without options; the binding only reads it. */
const PLAIN: CopyWish = { numbers: blank(), watch: null, isStream: false }

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

/** The bits of Node's copyFile. */
function numbersOfMode(mode: number): Float64Array {
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants
  const numbers = blank()
  integer('mode', mode, 0, 7)
  if (mode & COPYFILE_EXCL) numbers[AT.overwrite] = 0
  if (mode & COPYFILE_FICLONE_FORCE) numbers[AT.reflink] = when('mode', 'always')
  return numbers
}

function numbersOf(given: Given<CopyOptions>, listed: readonly Strategy[]): Float64Array {
  const numbers = blank()
  numbers[AT.offset] = integer('options.offset', given.offset, 0)
  const native = listed.filter((strategy) => strategy !== 'stream')
  putTransfer(numbers, given, native)
  putFile(numbers, given)
  numbers[AT.reflink] = when('options.reflink', given.reflink)
  if (given.reflink === 'always' && listed.length > 0 && !listed.includes('reflink')) {
    throw invalidValue(
      'options.strategy',
      "must be or include 'reflink' where reflink is 'always'",
      given.strategy,
    )
  }
  numbers[AT.sparse] = when('options.sparse', given.sparse)
  numbers[AT.preserve] = preserveOf(given.preserve)
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
