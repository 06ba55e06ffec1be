/**
 * A FIFO as destination: a copy of more than it holds waits until somebody reads, for as long as a test wants.
 */

import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'

export class Fifo {
  /** Open at both ends, so that nobody's opening waits; reading never waits either. */
  readonly fd: number

  constructor(readonly path: string) {
    execFileSync('mkfifo', [path])
    this.fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  }

  /** What is in it now. */
  read(): Buffer {
    const chunk = Buffer.alloc(65_536)
    try {
      return chunk.subarray(0, readSync(this.fd, chunk))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return Buffer.alloc(0)
      throw error
    }
  }

  /** Its first bytes: whoever copies into it has begun. Reads in turns of the event loop. */
  async firstBytes(): Promise<Buffer> {
    for (;;) {
      const bytes = this.read()
      if (bytes.length > 0) return bytes
      await turn()
    }
  }

  close(): void {
    closeSync(this.fd)
  }
}

/** One turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
