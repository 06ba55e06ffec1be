/** Relays by reading each socket and writing to the other: where one of them has no native way. */

import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { clearInterval, setInterval } from 'node:timers'
import { Failure } from './failure'
import { keepOpen } from './half-open'
import { Reader } from './reader'
import type { RelayReport } from './relay'
import type { Attempt, Report } from './report'
import type { RelayProgress, RelayWish } from './socket-options'
import { StreamTransfer } from './stream-transfer'
import { end } from './target'
import type { Transfer } from './transfer'
import { written } from './turn'

const COPIES = { count: null, basis: 'two, and what Node does with each byte that it decrypts or encrypts' }

/** How often a relay that may be idle is looked at, in parts of that time. */
const PARTS = 4

export class StreamRelay implements Transfer<RelayReport, RelayProgress> {
  readonly settled = null
  readonly outcome: Promise<RelayReport | Failure>
  private readonly aToB: StreamTransfer
  private readonly bToA: StreamTransfer
  private isIdle = false
  private readonly started = performance.now()

  constructor([a, b]: readonly [Socket, Socket], { numbers }: RelayWish, before: readonly Attempt[]) {
    const settleHalfOpen = [keepOpen(a), keepOpen(b)]
    this.aToB = direction(a, b, before)
    this.bToA = direction(b, a, before)
    const idleMs = numbers[1] as number
    const timer = Number.isNaN(idleMs) ? undefined : this.expectMotion(idleMs)
    this.outcome = this.both().finally(() => {
      clearInterval(timer)
      for (const settle of settleHalfOpen) settle()
    })
  }

  stop(): void {
    this.aToB.stop()
    this.bToA.stop()
  }

  progress(): RelayProgress {
    return { aToB: this.aToB.bytes, bToA: this.bToA.bytes }
  }

  /** The failure that came first counts: that the other direction was stopped is its consequence. */
  private async both(): Promise<RelayReport | Failure> {
    let first: Failure | null = null
    const stopping = async (transfer: StreamTransfer) => {
      const result = await transfer.outcome
      if (!(result instanceof Failure)) return result
      first ??= result
      this.stop()
      return null
    }
    const [aToB, bToA] = await Promise.all([stopping(this.aToB), stopping(this.bToA)])
    if (aToB !== null && bToA !== null) return { aToB, bToA, totalMs: performance.now() - this.started }
    const failure = (first ?? {}) as Failure
    return this.isIdle ? new Failure({ ...failure, code: null, errno: constants.errno.ETIMEDOUT }) : failure
  }

  private expectMotion(idleMs: number): NodeJS.Timeout {
    let [moved, since] = [0, performance.now()]
    const look = () => {
      const now = this.aToB.bytes + this.bToA.bytes
      if (now !== moved) [moved, since] = [now, performance.now()]
      else if (performance.now() - since >= idleMs) {
        this.isIdle = true
        this.stop()
      }
    }
    return setInterval(look, idleMs / PARTS).unref()
  }
}

function direction(from: Socket, to: Socket, before: readonly Attempt[]): StreamTransfer {
  const plan = { before, cpuCopies: COPIES, bufferSize: from.readableHighWaterMark }
  return new StreamTransfer(plan, async (self) => {
    const reader = new Reader(from)
    try {
      const failure = await self.moving(() => pumped(self, reader, to))
      if (failure !== null) return failure
      const ended = await self.orStopped(end<Partial<Report>>(to, {}))
      return ended instanceof Failure ? ended : {}
    } finally {
      reader.close()
    }
  })
}

async function pumped(self: StreamTransfer, reader: Reader, to: Socket): Promise<Failure | null> {
  for (;;) {
    const chunk = await self.orStopped(reader.next())
    if (chunk === null || chunk instanceof Failure) return chunk
    const stopped = await self.orStopped(written((done) => to.write(chunk, done)))
    if (stopped instanceof Failure) return stopped
    self.bytes += chunk.length
  }
}
