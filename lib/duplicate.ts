/** A descriptor of our own for one of the caller's, who may close his as soon as the call has returned. */

import { closeSync, constants as flags, fstatSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { binding } from './binding'
import { Failure } from './failure'
import type { Source } from './source'

const { O_RDONLY, O_NONBLOCK } = flags

/** What to read from, and how to give it back. */
export interface Kept {
  readonly source: Source
  close(): void
}

/** A path is opened when it is needed. */
export function kept(source: Source): Kept | Failure {
  if (typeof source !== 'number') return { source, close() {} }
  const fd = binding?.duplicate?.(source) ?? reopened(source)
  if (fd < 0) return new Failure({ errno: isOpen(source) ? EMFILE : EBADF, call: 'fcntl' })
  return { source: fd, close: () => fd !== source && closeSync(fd) }
}

const { EBADF, EMFILE } = constants.errno

function isOpen(fd: number): boolean {
  try {
    return fstatSync(fd) !== null
  } catch {
    return false
  }
}

/** Without the binding: Linux opens once more what is open. Elsewhere, or if it may not, the caller's own is used. */
function reopened(fd: number): number {
  try {
    // O_NONBLOCK: a FIFO would wait for a writer
    return openSync(`/proc/self/fd/${fd}`, O_RDONLY | O_NONBLOCK)
  } catch {
    return fd
  }
}
