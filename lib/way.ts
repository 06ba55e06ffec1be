/** Which way a transfer over sockets takes: natively, through streams, or none. */

import { Failure } from './failure'
import type { Attempt } from './report'
import { type Use, whyNotNative } from './socket'
import type { Ways } from './socket-options'
import type { Strategy } from './strategies'

export interface Way {
  readonly isNative: boolean
  /** Streams may be tried. */
  readonly isStream: boolean
  /** The native strategies that were wanted, and why they can't be. */
  readonly wanted: readonly Strategy[]
  readonly why: string | null
}

/** `usual`: what the core would try by itself; `use`: what it does with the streams. */
export function decide(
  streams: unknown,
  { native, stream }: Ways,
  usual: readonly Strategy[],
  use: Use,
): Way | Failure {
  const wanted = native ?? usual
  if (wanted.length === 0) return { isNative: false, isStream: true, wanted, why: null }
  const why = whyNotNative(streams, use)
  const way = { isNative: why === null, isStream: stream, wanted, why }
  if (why === null || stream) return way
  const attempts = avoided(way)
  const strategy = wanted[wanted.length - 1] ?? null
  return new Failure({ code: 'ERR_STRATEGY_UNAVAILABLE', description: why, strategy, attempts })
}

export function avoided({ wanted, why }: Pick<Way, 'wanted' | 'why'>): Attempt[] {
  return wanted.map((strategy) => ({ strategy, bytes: 0, durationMs: 0, outcome: 'avoided', reason: why }))
}
