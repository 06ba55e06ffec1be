// The second user, to whom permissions apply: uid and gid 65534 without further groups.

import { writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { must } from './command.mjs'

export const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']

/** The path by which this user reaches an executable, wherever it lies. */
export async function reachable({ repository, binaries }, path) {
  const inside = relative(process.cwd(), path)
  if (!inside.startsWith('..')) return join(repository, inside)
  const file = join(binaries, basename(path))
  writeFileSync(file, '')
  await must('mount', '--bind', path, file)
  return file
}
