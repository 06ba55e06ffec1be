import { at, attemptsAt, callAt, orNull, piece, pieces, strategyAt } from './numbers'
import type { Attempt } from './report'
import type { Strategy } from './strategies'

/** What went wrong, as data: read when the transfer settles, made an Error in the caller's own stack. */
export class Failure {
  /** Positive; null: one of our own codes. */
  readonly errno: number | null = null
  readonly code: string | null = null
  /** The core's words: what the errno means, or the sentence of our own code. */
  readonly description: string | null = null
  /** The system call that failed. */
  readonly call: string | null = null
  /** Why, where there is more to say. */
  readonly detail: string | null = null
  /** Which of the places that were given it is about, where that is not plain. */
  readonly path: string | null = null
  readonly strategy: Strategy | null = null
  readonly bytes: number = 0
  /** The kernel's answer behind one of our codes. */
  readonly refusal: { errno: number; call: string | null } | null = null
  /** What was thrown on this side. */
  readonly cause: unknown = undefined
  readonly attempts: Attempt[] = []

  constructor(known: Partial<Failure>) {
    Object.assign(this, known)
  }

  /** Reads kind 1: errno, strategy, bytes, the cause's errno and call from `n[2]` on, then the attempts. */
  static read(n: Float64Array, text: string): Failure {
    const words = pieces(text)
    const refused = orNull(at(n, 5))
    return new Failure({
      errno: orNull(at(n, 2)),
      code: piece(words, 0),
      description: piece(words, 1),
      call: piece(words, 2),
      detail: piece(words, 3),
      path: piece(words, 4),
      strategy: strategyAt(n, 3),
      bytes: at(n, 4),
      refusal: refused === null ? null : { errno: refused, call: callAt(n, 6) },
      attempts: attemptsAt(n, 7, words, 5),
    })
  }
}
