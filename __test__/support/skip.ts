/** Where a test can't run. The runner reads these lines: CONTRIBUTING.md says how. */

import { spawnSync } from 'node:child_process'

/** The runner's file systems; absent where nobody made any. */
export const mounts = process.env.ZERO_COPY_RS_TEST_MOUNTS

export const isRoot = process.getuid?.() === 0

export function skip(name: string, reason: string): void {
  process.stderr.write(`SKIP ${name}: ${reason}\n`)
}

/**
 * A test that needs root's rights. The runner's second user does without it and says nothing: root ran it
 * before.
 */
export function testAsRoot(name: string, run: () => Promise<void>): void {
  if (isRoot) test(name, run)
  else if (mounts === undefined) skip(name, 'only root can make what it needs')
}

/** A test that needs root's rights in the runner's own mount namespace, to mount and to unmount there. */
export function testWithMounts(name: string, run: () => Promise<void>): void {
  if (mounts === undefined) skip(name, 'it needs the mount namespace of `npm test`')
  else if (isRoot) test(name, run)
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined
}
