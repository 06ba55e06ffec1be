/** `receive --keep`: every connection is a file of its own, under a number that nobody chose. */

import { once } from 'node:events'
import { lstatSync, mkdirSync, readdirSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { pathText } from '../lib/path'
import { documentOf, lineOf } from './failure'
import { oneLine, print, say } from './output'
import { receipt } from './receipt'
import { take, type Wanted } from './take'
import { Patience } from './timeout'

interface Flags {
  timeout?: number
  json?: true
}

/** Receives until the signal comes; then what is not whole yet is not kept. A failed connection is not the end. */
export async function keepAll(
  server: Server,
  files: NumberedFiles,
  wanted: Wanted,
  { timeout, json }: Flags,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>()
  let kept = 0
  server.on('connection', (socket: Socket) => {
    const one = keep(socket).finally(() => running.delete(one))
    running.add(one)
  })
  if (!signal.aborted) await once(signal, 'abort')
  server.close()
  await Promise.all(running)
  say(`stopped by ${signal.reason} after ${kept} files`)

  async function keep(socket: Socket): Promise<void> {
    const patience = new Patience(signal, timeout, '')
    try {
      const file = files.next()
      const { report, from } = await take(
        socket,
        file,
        { ...wanted, overwrite: false },
        { patience, bar: null },
      )
      kept++
      const name = pathText(file)
      if (json) print(JSON.stringify({ ...report, file: name, from }))
      else
        print(
          receipt(report, [
            ['file', oneLine(name)],
            ['from', from],
          ]),
        )
    } catch (error) {
      socket.destroy()
      say(lineOf(error))
      if (json) print(JSON.stringify(documentOf(error)))
    } finally {
      patience.end()
    }
  }
}

/** `000001`, and so on; after a restart it goes on behind the last. What exists is never written to. */
export class NumberedFiles {
  private last = 0

  constructor(private readonly directory: string | Buffer) {
    mkdirSync(directory, { recursive: true })
    for (const name of readdirSync(directory)) {
      if (/^\d{6,15}$/.test(name)) this.last = Math.max(this.last, Number(name))
    }
  }

  next(): string | Buffer {
    for (;;) {
      this.last++
      const file = this.named(`${this.last}`.padStart(6, '0'))
      if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return file
    }
  }

  private named(name: string): string | Buffer {
    const { directory } = this
    return typeof directory === 'string'
      ? join(directory, name)
      : Buffer.concat([directory, Buffer.from(`/${name}`)])
  }
}
