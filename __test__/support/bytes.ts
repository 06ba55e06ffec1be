/** What is copied, and whether it arrived. */

import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'

/** The same bytes for the same seed (xorshift), no run of them like another. */
export function random(seed: number, size: number): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = seed * 0x9e3779b1 || 1
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  return Buffer.from(words.buffer, 0, size)
}

/** Writes a file of `size` bytes that has nothing but these islands in it. */
export function writeSparse(
  path: string,
  size: number,
  islands: readonly (readonly [number, Buffer])[],
): void {
  const fd = openSync(path, 'w')
  ftruncateSync(fd, size)
  for (const [at, bytes] of islands) writeSync(fd, bytes, 0, bytes.length, at)
  closeSync(fd)
}

/** The oracle: that range of a file, read by Node. */
export function rangeOf(path: string, offset = 0, length?: number): Buffer {
  const fd = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(length ?? fstatSync(fd).size - offset)
    for (let read = 0; read < bytes.length; ) {
      const n = readSync(fd, bytes, read, bytes.length - read, offset + read)
      if (n === 0) return bytes.subarray(0, read)
      read += n
    }
    return bytes
  } finally {
    closeSync(fd)
  }
}

/** Null, or where a file is not what was wanted: megabytes are not worth printing. */
export function difference(path: string, wanted: Buffer): string | null {
  const found = readFileSync(path)
  if (found.equals(wanted)) return null
  const at = found.findIndex((byte, i) => byte !== wanted[i])
  return `${path}: ${found.length} bytes, ${wanted.length} wanted, different from byte ${at}`
}
