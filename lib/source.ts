/** The file to move from, as the callers give it. */

import type { PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { integer } from './arguments'
import { Failure } from './failure'
import { asPath, PATH_TYPES, type Path } from './path'
import { assertAllowed } from './permission'

/** A path, or the number of an open descriptor. */
export type Source = Path | number

/** What the public functions take. */
export type SourceLike = PathLike | FileHandle | number

const EBADF = 9

/** A closed FileHandle has the descriptor -1; every other number is given to the kernel to judge. */
const CLOSED = -1

export function asSource(source: unknown, mayBeHandle: boolean): Source {
  if (typeof source === 'string') return asPath(source, 'source')
  if (typeof source === 'number') return integer('source', source, 0, 2 ** 31 - 1)
  if (mayBeHandle && isFileHandle(source)) return source.fd
  return asPath(
    source,
    'source',
    mayBeHandle ? `${PATH_TYPES}, number or FileHandle` : `${PATH_TYPES}, or number`,
  )
}

/** Node exports no class to test for. */
function isFileHandle(source: unknown): source is FileHandle {
  return (
    typeof source === 'object' &&
    source !== null &&
    typeof (source as Partial<FileHandle>).fd === 'number' &&
    source.constructor?.name === 'FileHandle'
  )
}

/** What stands in the way before anything is opened; null: nothing. */
export function obstacleAt(source: Source): Failure | null {
  if (typeof source !== 'number') assertAllowed('fs.read', source)
  return source === CLOSED ? new Failure({ errno: EBADF }) : null
}

/** As an error names it; null: a descriptor. */
export function pathOf(source: Source): Path | null {
  return typeof source === 'number' ? null : source
}
