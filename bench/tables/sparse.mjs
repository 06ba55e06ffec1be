// A file that is mostly holes: 10 GiB with 1 % of data, to a new name, against `cp --sparse=auto`. Whole processes are
// timed, because cp does not time itself.

import { randomFillSync } from 'node:crypto'
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { sidesOf } from '../copies.mjs'
import { interleave } from '../interleave.mjs'
import { buildExample } from '../programs.mjs'
import { ratioRow } from '../row.mjs'
import { wholeWorkshop } from '../whole.mjs'

const SIZE = 10 * 2 ** 30
const DATA = 100 << 20
const PIECES = { '1 MiB': 1 << 20, '64 KiB': 64 << 10 }
const GOAL = { atLeast: 1 }

export const places = ['ext4', 'root']
export const rounds = 15

export async function measure({ places, rounds }) {
  const program = buildExample('bench_whole')
  const rows = []
  for (const place of places) {
    for (const [name, piece] of Object.entries(PIECES)) {
      const { side, close } = wholeWorkshop(place, (path) => makeSparse(path, piece))
      const check = (source, copy) => assertSameSparse(source, copy, piece)
      const sides = {
        atomic: side({ command: [program, 'atomic'], check }),
        'cp --sparse=auto': side({ command: ['sh', '-c', 'exec cp --sparse=auto "$0" "$1"'], check }),
      }
      const measured = await interleave(`${place.name}, ${name}`, sides, { rounds })
      close()
      rows.push(
        ratioRow({
          work: `10 GiB, 1 % data in pieces of ${name}`,
          place: place.name,
          metric: 'whole process',
          sides: sidesOf(measured, 'process', Object.keys(sides)),
          gain: true,
          goal: place.name === 'root' ? null : GOAL,
        }),
      )
    }
  }
  return rows
}

/** Evenly spread. */
function* pieces(piece) {
  const count = DATA / piece
  const distance = Math.floor(SIZE / count / 4096) * 4096
  for (let n = 0; n < count; n++) yield n * distance
}

function makeSparse(path, piece) {
  const file = openSync(path, 'wx')
  const bytes = Buffer.alloc(piece)
  for (const at of pieces(piece)) writeSync(file, randomFillSync(bytes), 0, piece, at)
  ftruncateSync(file, SIZE)
  closeSync(file)
}

/**
 * @throws when the two differ, or the copy's blocks by more than 1 % from its source's. All data is compared; what has no
 * blocks reads as zeroes, so that it need not be read.
 */
function assertSameSparse(source, copy, piece) {
  const files = [openSync(source), openSync(copy)]
  try {
    const [size, copied] = files.map((file) => fstatSync(file).size)
    if (size !== copied) throw new Error(`the copy has ${copied} bytes, its source ${size}`)
    const buffers = [Buffer.alloc(piece), Buffer.alloc(piece)]
    for (const at of pieces(piece)) {
      for (const [i, file] of files.entries()) readSync(file, buffers[i], 0, piece, at)
      if (!buffers[0].equals(buffers[1])) throw new Error(`the copy differs from its source, at ${at}`)
    }
    const [blocks, copiedBlocks] = [source, copy].map((path) => statSync(path).blocks)
    const off = Math.abs(copiedBlocks / blocks - 1)
    if (off > 0.01) throw new Error(`the copy has ${copiedBlocks} blocks, its source ${blocks}`)
  } finally {
    files.forEach(closeSync)
  }
}
