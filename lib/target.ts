/** Where a file is sent to, and what its end means. */

import { Socket } from 'node:net'
import { constants } from 'node:os'
import { finished, Writable } from 'node:stream'
import { invalidType, invalidValue } from './arguments'
import { type Stream, whyClosed } from './closed'
import type { Failure } from './failure'
import type { Report } from './report'
import { inTurn, type Put } from './turn'

/** A Writable by what it can do: those of readable-stream and of other realms too. */
export function asTarget(target: unknown): Stream {
  const { write, end, on, writeHead } = (target ?? {}) as Record<string, unknown>
  if (typeof target !== 'object' || [write, end, on].some((each) => typeof each !== 'function')) {
    throw invalidType('target', 'an instance of Socket or Writable', target)
  }
  if (typeof writeHead === 'function') {
    throw invalidValue('target', 'must be no ServerResponse: not in this version', target)
  }
  return target as Stream
}

type InOrder<T> = (transfer: (put: Put) => Promise<T>) => Promise<T | Failure>

/** A socket's queue gives us a turn. Null: nobody knows what such a stream does with its chunks. */
export function ownQueue<T>(target: Stream, signal: AbortSignal | undefined): InOrder<T> | null {
  const isPlain = target instanceof Socket && target.write === Writable.prototype.write
  return isPlain ? (transfer) => inTurn(target, transfer, signal) : null
}

/** Ends it after all that was written; what is given is returned when the end is with the kernel too. */
export function end<T extends Partial<Report>>(target: Stream, report: T): Promise<T | Failure> {
  const { bytes = 0, strategy = null, attempts = [] } = report
  return new Promise((resolve) => {
    finished(target as Writable, { readable: false }, (error) => {
      resolve(error ? whyClosed(target, error, { bytes, strategy, attempts }) : report)
    })
    if (!target.writableEnded) target.end?.()
  })
}

const { errno } = constants
const PEERS: readonly (number | null)[] = [
  errno.EPIPE,
  errno.ECONNRESET,
  errno.ECONNABORTED,
  errno.ENOTCONN,
  errno.ETIMEDOUT,
  errno.EHOSTUNREACH,
  errno.ENETUNREACH,
  errno.ENETDOWN,
]

/** The connection is lost, not the file. */
export function isPeersFault(failure: Failure): boolean {
  return PEERS.includes(failure.errno)
}
