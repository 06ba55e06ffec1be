import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'

/** An errno's name and words, as Node prints them. */
export interface Named {
  code: string
  description: string | null
}

const named = new Map<number, Named>()

/** What libuv has no message for, in the words of the core: a failure of a stream reads as a native one. */
const WORDS: Readonly<Record<string, string>> = { EDQUOT: 'quota exceeded', ESTALE: 'stale file handle' }

/**
 * Names a positive errno. Node's own table first (95 is ENOTSUP there, not EOPNOTSUPP); `os.constants` knows
 * the names of some that libuv has no message for, as EDQUOT.
 */
export function nameOf(errno: number): Named {
  let name = named.get(errno)
  if (name === undefined) {
    name = lookUp(errno)
    named.set(errno, name)
  }
  return name
}

function lookUp(errno: number): Named {
  const known = getSystemErrorMap().get(-errno)
  if (known !== undefined) return { code: known[0], description: known[1] }
  for (const [code, number] of Object.entries(constants.errno)) {
    if (number === errno) return { code, description: WORDS[code] ?? null }
  }
  return { code: `E${errno}`, description: null }
}
