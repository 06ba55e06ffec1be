/**
 * How the binding answers: an array of numbers, filled in place, and one string.
 *
 * Nested objects built through Node-API would cost some 10 microseconds a transfer; this costs one. NaN means
 * null. Names are indices into tables. The text is pieces joined by NUL, of which an empty one means null.
 *
 *     [0] id   [1] kind: 0 report, 1 error, 2 capabilities, 3 relay, 4 to 6 a benchmark's beginning, run and end
 *     [2...] that kind's own, read where that kind is built
 */

import { calls } from './binding'
import { nameOf } from './errno'
import type { Attempt } from './report'
import { type Strategy, strategies } from './strategies'

/** The binding never writes more numbers than this. */
export const SIZE = 256

/** Filled by the binding and read at once, so one for each environment is enough. */
export const numbers = new Float64Array(SIZE)

export function at(n: Float64Array, index: number): number {
  return n[index] as number
}

export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

export function flag(value: number): boolean | null {
  return Number.isNaN(value) ? null : value === 1
}

export function strategyAt(n: Float64Array, index: number): Strategy | null {
  return strategies[at(n, index)] ?? null
}

export function callAt(n: Float64Array, index: number): string | null {
  return calls[at(n, index)] ?? null
}

export function pieces(text: string): string[] {
  return text.split('\u0000')
}

/** An empty piece, and one that is not there, is null. */
export function piece(all: readonly string[], index: number): string | null {
  return all[index] || null
}

const OUTCOMES = ['finished', 'refused', 'avoided', 'failed'] as const

/**
 * Reads the attempts: their number at `index`, then six numbers each; their reasons are the pieces from
 * `first` on.
 */
export function attemptsAt(n: Float64Array, index: number, all: readonly string[], first: number): Attempt[] {
  const attempts: Attempt[] = []
  const count = at(n, index)
  for (let i = 0, o = index + 1; i < count; i++, o += 6) {
    const attempt: Attempt = {
      strategy: strategies[at(n, o)] as Strategy,
      bytes: at(n, o + 1),
      durationMs: at(n, o + 2),
      outcome: OUTCOMES[at(n, o + 3)] as Attempt['outcome'],
      reason: piece(all, first + i),
    }
    const errno = at(n, o + 4)
    if (!Number.isNaN(errno)) {
      attempt.code = nameOf(errno).code
      attempt.errno = -errno
      const call = callAt(n, o + 5)
      if (call !== null) attempt.syscall = call
    }
    attempts.push(attempt)
  }
  return attempts
}
