/**
 * One completion callback for all transfers: the binding says that some have settled, we take them in turns.
 *
 * A transfer always resolves, with an outcome: a failure becomes an Error only in the function that the user
 * called, because only there does the stack lead to the caller.
 */

import { setImmediate } from 'node:timers'
import type { Binding, NativeTransfers } from './binding'
import { Failure } from './failure'
import { at, numbers } from './numbers'

/** How the settled numbers and text of one transfer are received, whatever kind they are. */
type Settle = (n: Float64Array, text: string) => void

/** 64 of about 2 microseconds each: well under half a millisecond. */
const PER_TURN = 64

let native: NativeTransfers | null = null
let lastId = 0
const waiting = new Map<number, Settle>()

/** The native side of all transfers of this module, made for the first of them. */
export function transfers(binding: Binding): NativeTransfers {
  native ??= new binding.Transfers(takeSettled)
  return native
}

/** The binding's ids are of 32 bits. */
export function newId(): number {
  lastId = (lastId + 1) >>> 0
  return lastId
}

/**
 * Waits for the transfer `id`, which has been queued in this same turn; `read` makes a success of the
 * numbers.
 */
export function settled<T>(id: number, read: (n: Float64Array, text: string) => T): Promise<T | Failure> {
  return new Promise((resolve) => {
    waiting.set(id, (n, text) => resolve(outcomeOf(n, text, read)))
  })
}

const ERROR = 1

/** A report, capabilities or failure, as the second number says. */
export function outcomeOf<T>(
  n: Float64Array,
  text: string,
  read: (n: Float64Array, text: string) => T,
): T | Failure {
  return at(n, 1) === ERROR ? Failure.read(n, text) : read(n, text)
}

function takeSettled(): void {
  for (let taken = 0; taken < PER_TURN; taken++) {
    const text = native?.take(numbers) ?? null
    if (text === null) return
    const id = at(numbers, 0)
    const settle = waiting.get(id)
    waiting.delete(id)
    settle?.(numbers, text)
  }
  setImmediate(takeSettled)
}
