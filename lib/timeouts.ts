/** Sockets' timeouts see the bytes that move natively, of which JavaScript sees nothing. */

import type { Socket } from 'node:net'
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import type { Internals } from './socket'
import type { Transfer } from './transfer'

/** What has no `timeout`, as a pipe, never has one. */
export type TimedSocket = Partial<Socket>

/** How often all sockets are asked whether they have got a timeout, and who has one whether it is time to look. */
const ROUND_MS = 250

/** A timeout is met at most by a quarter too late. */
const PARTS = 4

/** One timer asks all: of thousands of waiting transfers each would otherwise wake the loop by itself. */
const all = new Set<Timeouts>()
let rounds: NodeJS.Timeout | null = null

function round(): void {
  const now = performance.now()
  for (const each of all) each.ask(now)
}

/** Refreshes the sockets' timeouts while bytes move, until it is stopped. A peer that stalls still times out. */
export class Timeouts {
  private seen = ''
  private looked = performance.now()
  /** Of its own where a round is too long. */
  private soon: NodeJS.Timeout | null = null

  constructor(
    private readonly transfer: Transfer<unknown, object>,
    private readonly sockets: readonly TimedSocket[],
  ) {
    all.add(this)
    rounds ??= setInterval(round, ROUND_MS).unref()
    this.ask(this.looked)
  }

  stop(): void {
    all.delete(this)
    if (this.soon !== null) clearTimeout(this.soon)
    if (all.size > 0 || rounds === null) return
    clearInterval(rounds)
    rounds = null
  }

  /** Looks when a quarter of the shortest timeout has passed since it last did. */
  ask(now: number): void {
    let shortest = Number.POSITIVE_INFINITY
    for (const { timeout } of this.sockets) if (timeout) shortest = Math.min(shortest, timeout)
    if (shortest === Number.POSITIVE_INFINITY || this.soon !== null) return
    const wait = this.looked + shortest / PARTS - now
    if (wait <= 0) this.look(now)
    else if (wait < ROUND_MS) this.lookIn(wait)
  }

  private lookIn(wait: number): void {
    this.soon = setTimeout(() => {
      this.soon = null
      this.look(performance.now())
      this.ask(this.looked)
    }, wait).unref()
  }

  private look(now: number): void {
    this.looked = now
    const moved = Object.values(this.transfer.progress() ?? {}).join()
    if (moved === this.seen) return
    this.seen = moved
    for (const socket of this.sockets) (socket as Internals)._unrefTimer?.()
  }
}
