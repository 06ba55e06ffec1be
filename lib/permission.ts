import { resolve } from 'node:path'
import { type Path, pathText } from './path'

interface Permission {
  has(scope: string, reference?: string): boolean
}

/** Only there when Node was started with its permission model; it can't be switched on later. */
const permission = (process as { permission?: Permission }).permission

const NAMES = { 'fs.read': 'FileSystemRead', 'fs.write': 'FileSystemWrite' } as const

/**
 * Holds our paths to Node's permission model, which knows nothing of what a native binding opens.
 *
 * As in Node, the name is what is asked about, not where its symbolic links lead; a descriptor was allowed
 * when it was opened.
 *
 * @throws `ERR_ACCESS_DENIED`, as Node's own `fs` does.
 */
export function assertAllowed(scope: keyof typeof NAMES, path: Path): void {
  if (permission === undefined) return
  const resource = resolve(pathText(path))
  if (permission.has(scope, resource)) return
  const flag = scope === 'fs.read' ? '--allow-fs-read' : '--allow-fs-write'
  const error = new Error(`Access to this API has been restricted. Use ${flag} to manage permissions.`)
  throw Object.assign(error, { code: 'ERR_ACCESS_DENIED', permission: NAMES[scope], resource })
}
