/** Options as numbers: how the binding takes them, and the streams that stand in for it. */

import { boolean, integer, invalidType, invalidValue, oneOf } from './arguments'
import { type Strategy, strategies } from './strategies'
import type { Watch } from './watch'

/** What a caller without a type checker may have put there. */
export type Given<T> = { readonly [K in keyof T]?: unknown }

/** Options as the binding and the watch take them. */
export interface Wish {
  /** NaN: not given. */
  readonly numbers: Float64Array
  /** Null: nobody looks at the transfer. */
  readonly watch: Watch | null
}

/** Where an option stands among the numbers, of whatever request; as `at` in the binding's request.rs. */
export const AT = {
  offset: 0,
  length: 1,
  bufferSize: 2,
  /** 0: false. */
  overwrite: 3,
  /** 0 auto, 1 true, 2 false. */
  atomic: 4,
  /** 1: true. */
  durable: 5,
  /** 0 auto, 1 always, 2 never. */
  reflink: 6,
  /** As reflink. */
  sparse: 7,
  /** A sum: 1 timestamps, 2 ownership, 4 extended attributes. */
  preserve: 8,
  maxBytes: 9,
  mode: 10,
  /** At most. */
  threads: 11,
  /** How many are listed; their indices stand behind. */
  strategies: 12,
} as const

/** None given, and no strategy listed. */
export function blank(): Float64Array {
  const numbers = new Float64Array(AT.strategies + 1 + strategies.length).fill(Number.NaN)
  numbers[AT.strategies] = 0
  return numbers
}

/** Undefined: not given. */
export function wished(numbers: Float64Array, option: keyof typeof AT): number | undefined {
  const number = numbers[AT[option]] as number
  return Number.isNaN(number) ? undefined : number
}

/** What may be said about any transfer. */
interface OfTransfer {
  length?: unknown
  bufferSize?: unknown
  threads?: unknown
}

/** Checks what may be said about any transfer; `listed`: without `stream`, of which the binding knows nothing. */
export function putTransfer(
  numbers: Float64Array,
  given: OfTransfer,
  listed: readonly Strategy[],
): Float64Array {
  numbers[AT.length] = integer('options.length', given.length, 0)
  numbers[AT.bufferSize] = integer('options.bufferSize', given.bufferSize, 1)
  numbers[AT.strategies] = listed.length
  listed.forEach((strategy, i) => {
    numbers[AT.strategies + 1 + i] = strategies.indexOf(strategy)
  })
  numbers[AT.threads] = threadsOf(given.threads)
  return numbers
}

function threadsOf(threads: unknown): number {
  const name = 'options.threads'
  if (threads === 'auto') return Number.NaN
  if (typeof threads === 'string') throw invalidValue(name, "must be 'auto' or a number", threads)
  return integer(name, threads, 1)
}

/** What may be said about any file that is made. */
interface OfFile {
  overwrite?: unknown
  atomic?: unknown
  durable?: unknown
}

export function putFile(numbers: Float64Array, { overwrite, atomic, durable }: OfFile): void {
  const [over, lasting] = [boolean('options.overwrite', overwrite), boolean('options.durable', durable)]
  if (over !== undefined) numbers[AT.overwrite] = Number(over)
  if (lasting !== undefined) numbers[AT.durable] = Number(lasting)
  numbers[AT.atomic] = atomicOf(atomic)
}

function atomicOf(atomic: unknown): number {
  if (atomic === undefined || atomic === 'auto') return 0
  if (typeof atomic === 'boolean') return atomic ? 1 : 2
  if (typeof atomic === 'string')
    throw invalidValue('options.atomic', "must be one of: 'auto', true, false", atomic)
  throw invalidType('options.atomic', 'of type boolean or string', atomic)
}

const WHEN = ['auto', 'always', 'never'] as const

/** One of `auto`, `always`, `never`. */
export function when(name: string, value: unknown): number {
  return value === undefined ? 0 : WHEN.indexOf(oneOf(name, value, WHEN))
}

const PRESERVED = ['timestamps', 'ownership', 'xattrs'] as const

export function preserveOf(preserve: unknown): number {
  const name = 'options.preserve'
  if (preserve === undefined || preserve === false) return 0
  if (preserve === true) return 7
  if (typeof preserve !== 'object' || preserve === null || Array.isArray(preserve)) {
    throw invalidType(name, 'of type boolean or an instance of Object', preserve)
  }
  const given: Given<Record<(typeof PRESERVED)[number], unknown>> = preserve
  const bits = PRESERVED.map((each, bit) => (boolean(`${name}.${each}`, given[each]) ? 1 << bit : 0))
  return bits.reduce((sum, bit) => sum + bit)
}
