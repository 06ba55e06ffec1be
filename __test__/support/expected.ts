/** What each strategy does on each file system, in one place. A new strategy: say here what the kernel answers. */

import type { Attempt, CopyOptions, Strategy } from '../../index'
import type { Route, Sharing } from './route'

/** A copy to be made. */
export interface Case {
  name: string
  size: number
  offset?: number
  length?: number
  bufferSize?: number
  /** How long the destination is before, if it is there. */
  before?: number
  sparse?: boolean
}

/** One attempt of a report; of its errno only the name. */
export type Tried = readonly [Strategy, Attempt['outcome'], code?: string]

/** With these attempts; none at all: there was nothing to move. Or an error of this code, which the kernel gave. */
export type Expected = { done: Tried[] } | { refused: string }

const AUTO: readonly Strategy[] = ['reflink', 'copy_file_range', 'sendfile', 'read_write']

export function expected(sharing: Sharing, wanted: Case, bytes: number, way: CopyOptions): Expected {
  if (bytes === 0) return { done: [] }
  const named = way.reflink === 'always' ? ['reflink' as const] : listed(way.strategy)
  const tried: Tried[] = []
  for (const strategy of named ?? AUTO) {
    const code = answer(sharing, wanted, bytes, strategy)
    if (way.reflink === 'never' && (strategy === 'reflink' || mayShare(strategy, sharing))) {
      tried.push([strategy, 'avoided'])
    } else if (code === null) {
      return { done: [...tried, [strategy, 'finished']] }
    } else if (named === null && sharing !== 'works' && sharing !== 'refused') {
      tried.push([strategy, 'avoided'])
    } else tried.push([strategy, 'refused', code])
  }
  return { refused: tried.at(-1)?.[2] ?? '' }
}

function listed(strategy: CopyOptions['strategy']): readonly Strategy[] | null {
  if (strategy === undefined || strategy === 'auto') return null
  return typeof strategy === 'string' ? [strategy] : strategy
}

/** Where reflinks are forbidden copy_file_range is not used if it could make one; xfs could, made without or not. */
function mayShare(strategy: Strategy, sharing: Sharing): boolean {
  return strategy === 'copy_file_range' && (sharing === 'works' || sharing === 'refused')
}

/** What the kernel says to a strategy; null: nothing against it. */
function answer(sharing: Sharing, wanted: Case, bytes: number, strategy: Strategy): string | null {
  switch (strategy) {
    case 'read_write':
    case 'mmap_write':
    case 'sendfile':
    case 'splice':
    case 'direct':
      return null
    case 'copy_file_range':
      return sharing === 'apart' ? 'EXDEV' : null
    case 'reflink':
      if (sharing === 'apart') return 'EXDEV'
      if (sharing !== 'works') return 'ENOTSUP'
      return isOfBlocks(wanted, bytes) ? null : 'EINVAL'
    case 'stream':
      throw new Error('a copy has no stream form')
  }
}

/** A range can be shared if it begins and ends with a block, or ends with the source. */
function isOfBlocks({ size, offset = 0 }: Case, bytes: number): boolean {
  return offset % 4096 === 0 && (bytes % 4096 === 0 || offset + bytes === size)
}

/** The CPU copies that a receipt may claim; those of copy_file_range depend on the file system's mood. */
export function copiesOf(strategy: Strategy, { sharing, sink }: Route, bytes: number): (number | null)[] {
  switch (strategy) {
    case 'read_write':
      return [2]
    case 'mmap_write':
    case 'sendfile':
    case 'splice':
      return [1]
    case 'copy_file_range':
      return sharing === 'works' || sharing === 'unsaid' ? [0, 1, null] : [1]
    case 'reflink':
      // btrfs keeps a small file in its inode, which is copied.
      return bytes < 4096 ? [0, 1, null] : [0]
    case 'direct':
      // in memory there is nothing but the page cache; btrfs does not say whether it was used
      if (sink === null) return [1, 2, null]
      return sink === 'tmpfs' ? [2] : sink === 'btrfs' ? [null] : [1]
    case 'stream':
      throw new Error('a copy has no stream form')
  }
}

/** Strategies that move bytes through a buffer of the user's. */
export const BUFFERED: readonly Strategy[] = ['read_write', 'mmap_write', 'direct']

/** What `direct` makes of a size that is asked for: whole blocks. */
export function bufferOf(strategy: Strategy, bufferSize: number): number {
  return strategy === 'direct' ? Math.ceil(bufferSize / 4096) * 4096 : bufferSize
}
