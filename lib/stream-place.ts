/** Names for files that are not whole yet, and why a file cannot be replaced. As the core's destination/. */

import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The core's own words. */
export const WHY = {
  asked: 'atomic: false was asked for',
  kind: 'the destination is no regular file',
  directory: "the destination's directory may not be written",
  sticky: 'its directory lets nobody but the owner replace the destination',
  owner: 'a new file cannot be given the owner and group of the old one',
  exclusive: 'the file system cannot give a whole file a name that must be new',
} as const

/** A file system that refuses what it need not know says so by one of these. */
export const REFUSED = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EROFS', 'EPERM']

/** Not built from the destination's name, which may be as long as names can be. */
export function nameBeside(path: string): string {
  return join(dirname(path), `.zero-copy-rs-${randomBytes(8).toString('hex')}`)
}

/** In a sticky directory only the owners of file and directory, and root, may let a name go. */
export function ownerForbids(old: Stats, directory: Stats): boolean {
  const user = process.geteuid?.() ?? 0
  return (directory.mode & 0o1000) !== 0 && user !== 0 && user !== old.uid && user !== directory.uid
}

/** The code of what was refused; null: it was done. Any other failure is thrown. */
export async function refusalOf(doing: Promise<unknown>, codes: readonly string[]): Promise<string | null> {
  return doing.then(
    () => null,
    (error: NodeJS.ErrnoException) => {
      if (codes.includes(error.code ?? '')) return error.code as string
      throw error
    },
  )
}

/** Whether a second name can be given, tried with one that nobody knows. */
export async function canBeExclusive(now: string): Promise<boolean> {
  const other = nameBeside(now)
  if ((await refusalOf(fs.link(now, other), REFUSED)) !== null) return false
  await fs.unlink(other)
  return true
}

/** A second name fails where there is one; then the first goes. */
export async function exclusively(now: string, target: string): Promise<void> {
  await fs.link(now, target)
  await fs.unlink(now)
}
