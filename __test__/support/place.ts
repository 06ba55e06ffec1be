/** Directories to work in: on the runner's file systems, or wherever the system has its temporary files. */

import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mounts } from './skip'

/** A fresh directory, gone after the tests of the file that asked for it. */
export function scratch(name: string, parent = tmpdir()): string {
  const directory = realpathSync(mkdtempSync(join(parent, `zero-copy-rs-${name}-`)))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Where a file system of the runner's is; null where there is none. */
export function mountOf(fileSystem: string): string | null {
  const directory = mounts === undefined ? null : join(mounts, fileSystem)
  return directory !== null && existsSync(directory) ? directory : null
}
