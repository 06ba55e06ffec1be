// Sends by our crate, to a peer that discards what comes.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile } from './files.mjs'
import { settle } from './mounts.mjs'
import { paths } from './network.mjs'
import { start } from './process.mjs'
import { buildC, buildExample } from './programs.mjs'
import { softirqThreads } from './softirq.mjs'

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
  const send = async (path, strategy, driver, warm, file, check = []) => {
    const { near, far, address } = paths[path]
    const receiving = start(...network.on(far), sink, address, 2, ...check)
    const { port } = await receiving.answer()
    const began = softirqThreads()
    const sending = start(...network.on(near), sender, strategy, driver, warm, file, `${address}:${port}`)
    await receiving.answer() // the warm-up's
    const received = await receiving.answer()
    const sent = await sending.answer()
    const softirq = softirqThreads() - began
    await Promise.all([sending.end(), receiving.end()])
    const size = file === warm ? WARM_UP_SIZE : SIZE
    if (sent.bytes !== size || received.bytes !== size)
      throw new Error(`${sent.bytes} of ${size} bytes were sent, ${received.bytes} received`)
    return {
      sender: sent.cpu,
      receiver: received.cpu,
      softirq,
      both: sent.cpu + received.cpu + softirq,
      elapsed: sent.elapsed,
    }
  }
  return {
    /** Answers a side: nanoseconds of CPU time of the sender and of both ends, and of the clock. */
    side:
      (path, strategy, driver = 'blocking') =>
      async () => {
        await send(path, strategy, driver, warm, warm, [warm])
        return send(path, strategy, driver, warm, file)
      },
    close: () => {
      for (const each of [file, warm]) rmSync(each)
      settle(place)
    },
  }
}
