import type { PathLike } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { invalidType, invalidValue } from './arguments'

/** A path as the binding takes it: text, or bytes for a name that is not UTF-8. */
export type Path = string | Uint8Array

export const PATH_TYPES = 'of type string or an instance of Buffer or URL'

/**
 * Takes what Node's own `fs` takes: a string, a Buffer or Uint8Array, a `file:` URL, none of them with a NUL.
 */
export function asPath(value: unknown, name: string, expected = PATH_TYPES): Path {
  const path = isURL(value) ? fileURLToPath(value as URL) : value
  if (typeof path === 'string') {
    if (path.includes('\u0000')) throw withNull(name, path)
    return path
  }
  if (!types.isUint8Array(path)) throw invalidType(name, expected, value)
  if (path.includes(0)) throw withNull(name, path)
  return path
}

/** For messages and errors, as Node shows a Buffer: decoded as UTF-8. */
export function pathText(path: Path | PathLike): string {
  if (types.isUint8Array(path)) {
    return Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString()
  }
  return String(path)
}

/** Node's own test: a URL of another realm, and one of a polyfill, are URLs too. */
function isURL(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { href, protocol, auth, path } = value as Record<string, unknown>
  return Boolean(href && protocol) && auth === undefined && path === undefined
}

function withNull(name: string, path: Path): TypeError {
  return invalidValue(name, 'must be a string, Uint8Array, or URL without null bytes', path)
}
