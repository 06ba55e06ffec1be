// The files that are copied, and whether the copies are right.

import { execFileSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs'

const PIECE = 4 << 20

/** Of random bytes: none is like another, so that a piece at the wrong place is seen. */
export function makeFile(path, size) {
  const file = openSync(path, 'wx')
  const bytes = Buffer.alloc(Math.min(size, PIECE))
  for (let done = 0; done < size; ) {
    randomFillSync(bytes)
    done += writeSync(file, bytes, 0, Math.min(bytes.length, size - done))
  }
  closeSync(file)
}

/** @throws when the two files differ. Reading them also keeps the source in the page cache. */
export function assertSame(source, copy) {
  const files = [openSync(source), openSync(copy)]
  try {
    const [size, copied] = files.map((file) => fstatSync(file).size)
    if (size !== copied) throw new Error(`the copy has ${copied} bytes, its source ${size}`)
    for (let at = 0; at < size; at += PIECE) {
      const [a, b] = files.map((file, i) => buffers[i].subarray(0, readSync(file, buffers[i], 0, PIECE, at)))
      if (!a.equals(b)) throw new Error(`the copy differs from its source, between ${at} and ${at + PIECE}`)
    }
  } finally {
    files.forEach(closeSync)
  }
}

/** How many bytes of a file are in the page cache. */
export function residentBytes(path) {
  const words = ['--bytes', '--noheadings', '--output', 'RES', path]
  return Number(execFileSync('fincore', words, { encoding: 'utf8' }))
}

/**
 * Has a file in the page cache. What nobody reads for a while may be reclaimed also where memory is plenty (DAMON does so).
 *
 * @throws when it does not stay there, as while somebody drops caches.
 */
export function heat(path) {
  const TIMES = 5
  const { size } = statSync(path)
  for (let n = 0; n < TIMES; n++) {
    const file = openSync(path)
    while (readSync(file, buffers[0]) > 0);
    closeSync(file)
    if (residentBytes(path) >= size) return
  }
  throw new Error(`${residentBytes(path)} of ${size} bytes are in the page cache`)
}

const buffers = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)]
