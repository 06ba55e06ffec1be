// A file that is on the disk alone, and proof that it was read from there.

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { residentBytes } from './files.mjs'

const SECTOR = 512

const MAY_STAY = 0.01

/**
 * The device below a place. It is told to read its image past the page cache: what is evicted from the file system's
 * would otherwise still lie in the cache of the file system below.
 */
export function deviceOf({ directory }) {
  const device = sayOf('findmnt', '--noheadings', '--output', 'SOURCE', '--target', directory)
  if (device.startsWith('/dev/loop')) execFileSync('losetup', ['--direct-io=on', device])
  return device
}

/** Bytes that have been read from a device so far. */
export function readFrom(device) {
  const fields = readFileSync(`/sys/class/block/${basename(device)}/stat`, 'utf8')
    .trim()
    .split(/\s+/)
  return Number(fields[2]) * SECTOR
}

/**
 * Drops a file's pages from the page cache: POSIX_FADV_DONTNEED, see dd's manual for this idiom. Some folios stay: those of
 * buffers that a processor frees only when it next handles packets (`skb_attempt_defer_free`).
 */
export function evict(path) {
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
  const left = residentBytes(path)
  if (left > statSync(path).size * MAY_STAY) {
    throw new Error(`${left} bytes of the file are still in the page cache`)
  }
}

function sayOf(command, ...words) {
  return execFileSync(command, words, { encoding: 'utf8' }).trim()
}
