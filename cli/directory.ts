import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory with those above it; answers those that were not there, from the top.
 *
 * Not by Node's own `recursive`, which never returns where the kernel says ENOENT below a directory that exists (/proc).
 *
 * @throws as `fs` does.
 */
export function makeDirectory(path: string): string[] {
  try {
    mkdirSync(path)
    return [path]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // What it is, if it is no directory, the first file in it will tell.
    if (code === 'EEXIST') return []
    const parent = dirname(path)
    const above = code === 'ENOENT' && parent !== path ? makeDirectory(parent) : []
    if (above.length === 0) throw error
    mkdirSync(path)
    return [...above, path]
  }
}
