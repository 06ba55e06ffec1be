/** A file that JavaScript reads: what may be one, and how much of it there is. As the core's source.rs. */

import { close, constants, fstat, open, read, type Stats, stat } from 'node:fs'
import { constants as os } from 'node:os'
import { promisify } from 'node:util'
import { Failure } from './failure'
import type { Source } from './source'

const [openFile, closeFile] = [promisify(open), promisify(close)]
const [statOf, statOfPath, readInto] = [promisify(fstat), promisify(stat), promisify(read)]
const { EINVAL, EISDIR } = os.errno
const { O_RDONLY, O_NONBLOCK } = constants

/** Linux's number of /dev/null, 1:3. */
const NULL = 0x103

export class Input {
  private constructor(
    private readonly fd: number,
    private readonly isOurs: boolean,
    private readonly stats: Stats,
  ) {}

  /** A path is looked at before it is opened: opening a FIFO would release its waiting writer. */
  static async open(source: Source): Promise<Input | Failure> {
    if (typeof source !== 'number') {
      const there = await statOfPath(source as string).catch(() => null)
      const failure = there && admit(there)
      if (failure) return failure
    }
    const isOurs = typeof source !== 'number'
    const fd = isOurs ? await openFile(source as string, O_RDONLY | (O_NONBLOCK ?? 0)) : source
    const input = new Input(fd, isOurs, await statOf(fd))
    const failure = admit(input.stats)
    if (failure === null) return input
    await input.close()
    return failure
  }

  async close(): Promise<void> {
    if (this.isOurs) await closeFile(this.fd)
  }

  /** How many bytes there are from `offset`; null: they are generated as they are read. */
  async extent(offset: number, length: number | undefined): Promise<number | null | Failure> {
    const { size } = this.stats
    if (this.stats.isCharacterDevice()) return extentOfDevice(this.stats, offset, length)
    if (size === 0) {
      const isEmpty = (await readInto(this.fd, Buffer.alloc(1), 0, 1, 0)).bytesRead === 0
      if (!isEmpty) return length ?? null
      if (offset > 0) return beyond('The offset lies beyond the end of the source, which is empty')
      return length ? beyond('The length lies beyond the end of the source, which is empty') : 0
    }
    if (offset > size) return beyond('The offset lies beyond the end of the source')
    if (length !== undefined && length > size - offset) {
      return beyond('Offset and length reach beyond the end of the source')
    }
    return length ?? size - offset
  }

  /** A device has no offsets. */
  async read(chunk: Uint8Array, position: number): Promise<number> {
    const at = this.stats.isFile() ? position : null
    return (await readInto(this.fd, chunk, 0, chunk.length, at)).bytesRead
  }

  /** As strace names what `read` does. */
  get call(): string {
    return this.stats.isFile() ? 'pread64' : 'read'
  }

  /** Whether it has become shorter since it was opened. */
  async hasShrunk(): Promise<boolean> {
    return (await statOf(this.fd)).size < this.stats.size
  }
}

function admit(stats: Stats): Failure | null {
  if (stats.isFile() || stats.isCharacterDevice()) return null
  if (stats.isDirectory()) return new Failure({ errno: EISDIR })
  if (stats.isFIFO()) return invalid('the source is a FIFO')
  return invalid(stats.isSocket() ? 'the source is a socket' : 'the source is a block device')
}

function extentOfDevice(stats: Stats, offset: number, length: number | undefined): number | Failure {
  if (stats.rdev === NULL) return 0
  if (offset > 0) return invalid('a character device has no offsets')
  return length ?? invalid('a character device needs a length')
}

function invalid(detail: string): Failure {
  return new Failure({ errno: EINVAL, detail })
}

function beyond(description: string): Failure {
  return new Failure({ code: 'ERR_OUT_OF_RANGE', description })
}
