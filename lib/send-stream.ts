/** Sends a file by reading it and writing what was read: where nothing native can. */

import { Buffer } from 'node:buffer'
import { Socket } from 'node:net'
import type { Stream } from './closed'
import { kept } from './duplicate'
import { Failure } from './failure'
import type { Attempt, CpuCopies } from './report'
import type { SendWish } from './socket-options'
import type { Source } from './source'
import { Input } from './stream-source'
import { StreamTransfer } from './stream-transfer'
import type { Put } from './turn'

/** As large as a step of the native ways; far more than that of Node's own streams. */
const CHUNK = 1 << 20

/** `put` writes a chunk; `before` is what was tried or avoided. */
export function streamedFrom(
  source: Source,
  target: Stream,
  put: Put,
  wish: SendWish,
  before: readonly Attempt[],
): StreamTransfer {
  const [offset, length, bufferSize] = wish.numbers as unknown as [number, number, number]
  const size = bufferSize || CHUNK
  const plan = { before, cpuCopies: copiesInto(target), bufferSize: size }
  return new StreamTransfer(plan, async (self) => {
    // before anything is waited for
    const own = kept(source)
    if (own instanceof Failure) return own
    try {
      return await streamed(self, own.source)
    } finally {
      own.close()
    }
  })

  async function streamed(self: StreamTransfer, from: Source) {
    const input = await Input.open(from)
    if (input instanceof Failure) return input
    try {
      const wanted = Number.isNaN(length) ? undefined : length
      const extent = await input.extent(offset || 0, wanted)
      if (extent instanceof Failure) return extent
      self.total = extent
      const pour = () =>
        poured(self, input, put, { offset: offset || 0, extent, size, isWanted: wanted !== undefined })
      return (extent === 0 ? null : await self.moving(pour)) ?? {}
    } finally {
      await input.close()
    }
  }
}

interface Range {
  offset: number
  /** Null: until nothing comes. */
  extent: number | null
  size: number
  /** The caller named the length. */
  isWanted: boolean
}

/** The next chunk is read while the last one is written. */
async function poured(self: StreamTransfer, input: Input, put: Put, range: Range): Promise<Failure | null> {
  const { offset, extent, size, isWanted } = range
  let [position, leaving]: [number, Promise<void>] = [0, Promise.resolve()]
  while (extent === null || position < extent) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(size, (extent ?? Number.POSITIVE_INFINITY) - position))
    self.count(input.call)
    const read = await input.read(chunk, offset + position)
    const stopped = await self.orStopped(leaving)
    if (stopped instanceof Failure) return stopped
    if (read === 0) break
    position += read
    leaving = put(chunk.subarray(0, read)).then(() => {
      self.bytes += read
    })
    leaving.catch(() => {}) // seen by who waits for it, next turn
  }
  const stopped = await self.orStopped(leaving)
  if (stopped instanceof Failure) return stopped
  const isShort = extent !== null && position < extent && (isWanted || (await input.hasShrunk()))
  return isShort ? truncated() : null
}

function truncated(): Failure {
  return new Failure({
    code: 'ERR_SOURCE_TRUNCATED',
    description: 'the source became shorter while it was sent',
  })
}

function copiesInto(target: Stream): CpuCopies {
  if (target instanceof Socket && !('encrypted' in target && target.encrypted)) {
    return { count: 2, basis: 'one from the page cache into a buffer of JavaScript, one into the socket' }
  }
  return { count: null, basis: 'two, and what the stream itself does with each byte' }
}
