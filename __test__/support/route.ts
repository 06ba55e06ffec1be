/** From one file system to another, or within one. */

import { constants, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mountOf, scratch } from './place'
import { mounts, skip } from './skip'

/**
 * Whether two files there can share extents; if not, because this kind of file system is made without, has
 * nothing of the kind, or because there are two of them. `unsaid`: a place of the system's own, of which we
 * know no more than that it can't.
 */
export type Sharing = 'works' | 'refused' | 'unheard' | 'apart' | 'unsaid'

export interface Route {
  name: string
  from: string
  to: string
  sharing: Sharing
  /** The file system that is written to; null: nobody knows. */
  sink: string | null
}

const PAIRS = [
  ['ext4', 'ext4'],
  ['xfs', 'xfs'],
  ['xfs-noreflink', 'xfs-noreflink'],
  ['btrfs', 'btrfs'],
  ['tmpfs', 'tmpfs'],
  ['ext4', 'ext4b'],
  ['ext4', 'tmpfs'],
  ['tmpfs', 'xfs'],
  ['btrfs', 'ext4'],
  ['xfs', 'btrfs'],
] as const

/** The runner's file systems and pairs of them; without them, what the system has. */
export function routes(test: string): Route[] {
  if (mounts === undefined) {
    skip(test, "without the runner's mounts there are no other file systems than the system's own")
    return [here(test), { name: 'the temporary directory to /dev/shm', ...twoOf(test) }]
  }
  const directories = new Map(PAIRS.flat().map((name) => [name, placeOn(name, test)]))
  return PAIRS.flatMap(([from, to]) => {
    const [a, b] = [directories.get(from), directories.get(to)]
    return a && b ? [{ name: nameOf(from, to), from: a, to: b, sharing: sharingOf(from, to), sink: to }] : []
  })
}

function placeOn(fileSystem: string, test: string): string | null {
  const mount = mountOf(fileSystem)
  return mount === null ? null : scratch(test, mount)
}

function nameOf(from: string, to: string): string {
  return `${from} to ${from === to ? 'itself' : to}`
}

function sharingOf(from: string, to: string): Sharing {
  if (from !== to) return 'apart'
  if (from === 'xfs' || from === 'btrfs') return 'works'
  return from === 'xfs-noreflink' ? 'refused' : 'unheard'
}

function here(test: string): Route {
  const directory = scratch(test)
  return {
    name: 'the temporary directory to itself',
    from: directory,
    to: directory,
    sharing: asked(directory),
    sink: null,
  }
}

function twoOf(test: string): Omit<Route, 'name'> {
  const [from, to] = [scratch(test), scratch(test, '/dev/shm')]
  return { from, to, sharing: 'apart', sink: null }
}

/** Node asks the kernel. */
function asked(directory: string): Sharing {
  const [a, b] = [join(directory, 'a'), join(directory, 'b')]
  writeFileSync(a, 'a')
  try {
    copyFileSync(a, b, constants.COPYFILE_FICLONE_FORCE)
    return 'works'
  } catch {
    return 'unsaid'
  }
}
