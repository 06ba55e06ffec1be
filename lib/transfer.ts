/**
 * One completion callback for all transfers: the binding says that some have settled, we take them in turns.
 *
 * A transfer always resolves, with an outcome: a failure becomes an Error only in the function that the user called, because
 * only there does the stack lead to the caller.
 */

import { setImmediate } from 'node:timers'
import type { Binding } from './binding'
import { Failure } from './failure'
import { at, numbers } from './numbers'

/** How the settled numbers and text of one transfer are received, whatever kind they are. */
type Settle = (n: Float64Array, text: string) => void

interface Transfers {
  lastId: number
  readonly waiting: Map<number, Settle>
}

/** 64 of about 2 microseconds each: well under half a millisecond. */
const PER_TURN = 64

/**
 * The transfers of this environment. They hang on the binding's own function, because a bundler or a test runner may load
 * this module several times over one binary, which calls back only once.
 */
function transfersOf(binding: Binding): Transfers {
  const owner = binding.take as Binding['take'] & { transfers?: Transfers }
  if (owner.transfers === undefined) {
    const transfers: Transfers = { lastId: 0, waiting: new Map() }
    owner.transfers = transfers
    binding.init(() => takeSettled(binding, transfers.waiting))
  }
  return owner.transfers
}

/** The binding's ids are of 32 bits. */
export function newId(binding: Binding): number {
  const transfers = transfersOf(binding)
  transfers.lastId = (transfers.lastId + 1) >>> 0
  return transfers.lastId
}

/** Waits for the transfer `id`, which has been queued in this same turn; `read` makes a success of the numbers. */
export function settled<T>(
  binding: Binding,
  id: number,
  read: (n: Float64Array, text: string) => T,
): Promise<T | Failure> {
  return new Promise((resolve) => {
    transfersOf(binding).waiting.set(id, (n, text) => resolve(outcomeOf(n, text, read)))
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

function takeSettled(binding: Binding, waiting: Transfers['waiting']): void {
  for (let taken = 0; taken < PER_TURN; taken++) {
    const text = binding.take(numbers)
    if (text === null) return
    const id = at(numbers, 0)
    const settle = waiting.get(id)
    waiting.delete(id)
    settle?.(numbers, text)
  }
  setImmediate(takeSettled, binding, waiting)
}
