/** Receives into a file by reading a stream and writing what was read: where nothing native can. */

import type { Readable } from 'node:stream'
import type { Stream } from './closed'
import { Failure } from './failure'
import type { Path } from './path'
import { Reader } from './reader'
import type { Attempt } from './report'
import type { ReceiveWish } from './socket-options'
import { Output } from './stream-destination'
import { StreamTransfer } from './stream-transfer'
import { wished } from './wish'

/** A chunk is as large as the stream makes it; this is how much it keeps. */
export function streamedInto(
  source: Stream,
  destination: Path,
  { numbers }: ReceiveWish,
  before: readonly Attempt[],
): StreamTransfer {
  const length = wished(numbers, 'length')
  const most = wished(numbers, 'maxBytes')
  const bufferSize = source.readableHighWaterMark ?? 0
  const wanted = {
    overwrite: wished(numbers, 'overwrite') !== 0,
    mode: wished(numbers, 'mode') ?? 0o666,
    atomic: [undefined, true, false][wished(numbers, 'atomic') ?? 0],
    durable: wished(numbers, 'durable') === 1,
  }
  return new StreamTransfer({ before, cpuCopies: COPIES, bufferSize }, async (self) => {
    self.total = most === undefined || most === length ? (length ?? null) : null
    const output = await Output.create(destination, wanted)
    if (output instanceof Failure) return output
    const reader = new Reader(source as Readable)
    try {
      const failure = await self.moving(() => filled(self, reader, output, length, most))
      if (failure !== null) return failure
      await output.commit()
      return output.found
    } finally {
      reader.close()
      await output.discard()
    }
  })
}

const COPIES = {
  count: null,
  basis:
    'two: from the socket into a buffer of JavaScript and from there into the page cache; more where Node decrypts',
}

async function filled(
  self: StreamTransfer,
  reader: Reader,
  output: Output,
  length: number | undefined,
  most: number | undefined,
): Promise<Failure | null> {
  const left = (most: number | undefined) => (most === undefined ? undefined : most - self.bytes)
  // with both, the end of the stream has to be seen
  const wanted = most === undefined ? length : undefined
  while (wanted === undefined || self.bytes < wanted) {
    const chunk = await self.orStopped(reader.next(left(wanted)))
    if (chunk instanceof Failure) return chunk
    if (chunk === null) return length === undefined || self.bytes >= length ? null : short()
    if (chunk.length > (left(most) ?? Number.POSITIVE_INFINITY)) return tooMany()
    for (let at = 0; at < chunk.length; ) {
      self.count(output.call)
      const took = await output.write(chunk.subarray(at))
      at += took
      self.bytes += took
    }
  }
  return null
}

function short(): Failure {
  return new Failure({
    code: 'ERR_SOURCE_TRUNCATED',
    description: 'the stream ended before the length that was asked for',
  })
}

export function tooMany(): Failure {
  return new Failure({ code: 'ERR_SIZE_EXCEEDED', description: 'more bytes came than maxBytes allows' })
}
