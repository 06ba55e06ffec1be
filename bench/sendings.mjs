// Sends by our crate, to a peer that discards what comes.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { withSoftirq } from './ends.mjs'
import { heat, makeFile } from './files.mjs'
import { settle } from './mounts.mjs'
import { paths } from './network.mjs'
import { start } from './process.mjs'
import { buildC, buildExample } from './programs.mjs'

const SIZE = 512 << 20
const WARM_UP_SIZE = 1 << 20

/** A hot file in a place, and what sends it. */
export async function sendings(place, network) {
  const [sender, sink] = [buildExample('bench_send'), await buildC('peers/sink.c')]
  const [file, warm] = ['file', 'warm'].map((name) => join(place.directory, name))
  makeFile(file, SIZE)
  makeFile(warm, WARM_UP_SIZE)
  settle(place)

  /** `check`: the peer compares what comes with that file, instead of discarding it. */
  const send = async (path, way, file, check = []) => {
    const { near, far, address } = paths[path]
    const receiving = start(...network.on(far), sink, address, 2, ...check)
    const { port } = await receiving.answer()
    const both = await withSoftirq(async () => {
      const sending = start(...network.on(near), sender, ...way, warm, file, `${address}:${port}`)
      await receiving.answer() // the warm-up's
      const [received, sent] = [await receiving.answer(), await sending.answer()]
      if (received.bytes !== sent.bytes) throw new Error(`${received.bytes} bytes came, of ${sent.bytes}`)
      await sending.end()
      return { own: sent.cpu, other: received.cpu, elapsed: sent.elapsed }
    })
    await receiving.end()
    return both
  }
  return {
    /** Answers a side: samples as ends.mjs wants them. */
    side:
      (path, strategy, driver = 'blocking') =>
      async () => {
        const way = [strategy, driver]
        await send(path, way, warm, [warm])
        heat(file)
        return send(path, way, file)
      },
    close: () => {
      for (const each of [file, warm]) rmSync(each)
      settle(place)
    },
  }
}
