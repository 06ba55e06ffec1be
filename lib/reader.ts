import { Buffer } from 'node:buffer'
import type { Readable } from 'node:stream'
import { invalidType } from './arguments'

/** Reads a stream chunk by chunk, and gives it back as it was: neither ended nor destroyed. */
export class Reader {
  private readonly flowing: boolean | null
  private wake: () => void = () => {}
  private error: unknown = null
  private isClosed = false

  private readonly onReadable = () => this.wake()
  private readonly onError = (error: unknown) => {
    this.error = error
    this.wake()
  }
  private readonly onClose = () => {
    this.isClosed = true
    this.wake()
  }

  constructor(private readonly stream: Readable) {
    this.flowing = stream.readableFlowing
    stream.on('readable', this.onReadable).on('end', this.onReadable)
    stream.on('error', this.onError).on('close', this.onClose)
  }

  /** At most so many bytes; null: the end. What is too much is put back. Rejects when the stream breaks. */
  async next(most = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
    for (;;) {
      const chunk = this.stream.read() as unknown
      if (chunk !== null && chunk !== undefined) {
        const bytes = bytesOf(chunk)
        if (bytes.length > most) this.stream.unshift(bytes.subarray(most))
        return bytes.subarray(0, Math.min(most, bytes.length))
      }
      if (this.stream.readableEnded) return null
      if (this.error !== null) throw this.error
      if (this.isClosed || this.stream.destroyed) {
        throw (
          this.stream.errored ??
          Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
        )
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }

  close(): void {
    const { stream, flowing } = this
    stream.off('readable', this.onReadable).off('end', this.onReadable)
    stream.off('error', this.onError).off('close', this.onClose)
    if (stream.destroyed || stream.readableEnded || flowing === null) return
    // after Node has looked whether somebody else listens
    process.nextTick(() => (flowing ? stream.resume() : stream.pause()))
  }
}

/** Of an object stream too. */
function bytesOf(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (ArrayBuffer.isView(chunk)) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw invalidType('chunk', 'of type string or an instance of Buffer, TypedArray, or DataView', chunk)
}
