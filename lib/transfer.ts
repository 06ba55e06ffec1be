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

/** Something under way that can be looked at and stopped, whoever does the work. */
export interface Transfer<T, P> {
  readonly outcome: Promise<T | Failure>
  /** The outcome, where it is there already; null: not yet. */
  readonly settled: T | Failure | null
  /** It still settles. `because`: nobody aborted it, a stream of it was closed. */
  stop(because?: 'closed'): void
  /** Null: nothing is known, or it is over. */
  progress(): P | null
}

/** How the settled numbers and text of one transfer are received, whatever kind they are. */
type Settle = (n: Float64Array, text: string) => void

/** 64 of about 2 microseconds each: well under half a millisecond. */
const PER_TURN = 64

let native: NativeTransfers | null = null
let lastId = 0
const waiting = new Map<number, Settle>()

/** What is different from one kind of transfer to another. */
export interface Kind<T, P> {
  /** Makes a success of the numbers. */
  read(n: Float64Array, text: string): T
  /** What the counters say, as the binding has filled them. */
  progress(n: Float64Array): P
}

/** Begins a transfer of the binding's. What has settled before `start` returns is taken at once. */
export function begun<T, P>(
  binding: Binding,
  kind: Kind<T, P>,
  start: (native: NativeTransfers, id: number) => boolean,
): Transfer<T, P> {
  native ??= new binding.Transfers(takeSettled)
  const transfer = new OfBinding(native, newId(), kind)
  takeIf(start(native, transfer.id))
  return transfer
}

class OfBinding<T, P> implements Transfer<T, P> {
  readonly outcome: Promise<T | Failure>
  settled: T | Failure | null = null

  constructor(
    private readonly native: NativeTransfers,
    readonly id: number,
    private readonly kind: Kind<T, P>,
  ) {
    this.outcome = new Promise((resolve) => {
      waiting.set(id, (n, text) => {
        this.settled = outcomeOf(n, text, kind.read)
        resolve(this.settled)
      })
    })
  }

  stop(): void {
    if (this.settled === null) takeIf(this.native.cancel(this.id))
  }

  progress(): P | null {
    return this.native.progress(this.id, numbers) ? this.kind.progress(numbers) : null
  }
}

/** The binding's ids are of 32 bits. */
function newId(): number {
  lastId = (lastId + 1) >>> 0
  return lastId
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

/** The binding does not call back for what settles on this very thread: it answers that outcomes wait. */
function takeIf(waits: boolean): void {
  if (waits) takeSettled()
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
