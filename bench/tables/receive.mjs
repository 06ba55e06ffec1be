// The crate's receipt of 512 MiB from another host, into a new file on ext4: splice against read/write.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { rowsOfEnds, withSoftirq } from '../ends.mjs'
import { assertSame, heat, makeFile } from '../files.mjs'
import { interleave } from '../interleave.mjs'
import { settle } from '../mounts.mjs'
import { makeNetwork, paths } from '../network.mjs'
import { start } from '../process.mjs'
import { buildC, buildExample } from '../programs.mjs'

const SIZE = 512 << 20
const WARM_UP_SIZE = 1 << 20
const GOALS = { own: { atMost: 0.85 }, both: { atMost: 0.85 } }

export { network } from '../network.mjs'
export const places = ['ext4']
export const rounds = 25

export async function measure({ places: [place], rounds }) {
  const network = await makeNetwork()
  const [receiver, source] = [buildExample('bench_receive'), await buildC('peers/source.c')]
  const [file, warm, to, warmTo] = ['file', 'warm', 'to', 'warm-to'].map((name) =>
    join(place.directory, name),
  )
  makeFile(file, SIZE)
  makeFile(warm, WARM_UP_SIZE)
  settle(place)
  const { near, far, address } = paths.veth
  const receive = (strategy) => async () => {
    heat(file)
    const receiving = start(...network.on(far), receiver, strategy, warmTo, to, address)
    const { port } = await receiving.answer()
    const both = await withSoftirq(async () => {
      const sending = start(...network.on(near), source, address, port, warm, file)
      await sending.answer() // the warm-up's
      const [sent, received] = [await sending.answer(), await receiving.answer()]
      await sending.end()
      return { own: received.cpu, other: sent.cpu, elapsed: received.elapsed }
    })
    await receiving.end()
    assertSame(file, to)
    for (const each of [to, warmTo]) rmSync(each)
    settle(place)
    return both
  }
  const sides = { splice: receive('splice'), 'read_write 256K': receive('read_write') }
  const measured = await interleave('veth', sides, { rounds })
  network.close()
  return rowsOfEnds({ work: '512 MiB, veth', place: place.name, end: 'receiver', measured, goals: GOALS })
}
