import type { PathLike } from 'node:fs'
import { invalidValue } from './arguments'
import { binding } from './binding'
import { errorOf, unavailable } from './errors'
import { Failure } from './failure'
import { at, flag, orNull, piece, pieces } from './numbers'
import { asPath, type Path } from './path'
import { assertAllowed } from './permission'
import type { CpuCopies } from './report'
import { type Strategy, strategies } from './strategies'
import { begun } from './transfer'

/** Whether a strategy works. */
export interface Capability {
  /**
   * `avoided`: it would, but we choose not to. `unsupported`: the kernel said no. `unknown`: nobody can tell.
   */
  available: 'yes' | 'no' | 'avoided' | 'unsupported' | 'unknown'
  reason: string | null
  /** From file to file. */
  cpuCopies: CpuCopies
}

/** What this machine can do. */
export interface Capabilities {
  native: boolean
  platform: string
  /** The release; null: not Linux. */
  kernel: string | null
  strategies: Record<Strategy, Capability>
  /** Of the path that was asked about; null: none was. */
  path: { fileSystem: string; device: string; reflink: boolean | null; holes: boolean | null } | null
  /** Of a socket or host; this version probes paths alone. */
  route: {
    address: string
    interface: string
    scatterGather: boolean | null
    checksumOffload: boolean | null
  } | null
}

const AVAILABLE = ['yes', 'no', 'avoided', 'unsupported', 'unknown'] as const

/**
 * Says what this machine can do, and why not: on the whole, or for the file system of a path.
 *
 * A path's file system is tried with files that have no name and are gone afterwards (`O_TMPFILE`), so Node's
 * permission model must allow to read and to write there. Without write permission of the system's own, what
 * depends on the file system is `unknown`.
 *
 * @param where - A path; nothing: the machine alone. This version probes paths only: a socket or `{ host }`
 *   is `ERR_INVALID_ARG_VALUE`.
 *
 * Rejects with a {@link ZeroCopyError} as `fs` does (`ENOENT: no such file or directory, probe '/nope'`), or
 * with a TypeError for a bad argument.
 *
 * @example
 * const { strategies, path } = await probe('/var/lib')
 * if (path?.reflink) console.log('copies are free there', strategies.reflink)
 *
 * @see statfs(2), uname(2), ioctl_ficlonerange(2)
 */
export async function probe(where?: PathLike): Promise<Capabilities> {
  const path = where === undefined ? null : asPlace(where)
  const result = await queued(path)
  if (!(result instanceof Failure)) return result
  const error = errorOf(result, { syscall: 'probe', path, dest: null })
  Error.captureStackTrace?.(error, probe)
  throw error
}

function queued(path: Path | null): Promise<Capabilities | Failure> | Failure {
  if (path !== null) {
    assertAllowed('fs.read', path)
    assertAllowed('fs.write', path)
  }
  if (binding === null) return unavailable()
  return begun(binding, PROBE, (native, id) => native.probe(id, path)).outcome
}

function asPlace(where: unknown): Path {
  if (typeof where === 'object' && where !== null && !('href' in where)) {
    const isSocket = typeof (where as { setNoDelay?: unknown }).setNoDelay === 'function'
    if (isSocket || 'host' in where)
      throw invalidValue('where', 'must be a path: this version probes paths', where)
  }
  return asPath(where, 'where')
}

const PROBE = { read: capabilities, progress: () => null }

/** The binding knows nothing of it; it works wherever Node does. */
const STREAM: Capability = {
  available: 'yes',
  reason: 'to and from sockets: copyFile does not go through streams in this version',
  cpuCopies: { count: 2, basis: 'one into a buffer of JavaScript, one out of it; more where Node makes more' },
}

/** Reads kind 2: availability and copies of each strategy from `n[3]` on, then what is known of the path. */
function capabilities(n: Float64Array, text: string): Capabilities {
  const words = pieces(text)
  const count = at(n, 2)
  const all = {} as Record<Strategy, Capability>
  strategies.slice(0, count).forEach((strategy, i) => {
    all[strategy] = {
      available: AVAILABLE[at(n, 3 + 2 * i)] ?? 'unknown',
      reason: piece(words, 3 + 2 * i),
      cpuCopies: { count: orNull(at(n, 4 + 2 * i)), basis: words[4 + 2 * i] ?? '' },
    }
  })
  all.stream = STREAM
  const o = 3 + 2 * count
  const path = {
    fileSystem: words[1] ?? '',
    device: words[2] ?? '',
    reflink: flag(at(n, o + 1)),
    holes: flag(at(n, o + 2)),
  }
  return {
    native: true,
    platform: process.platform,
    kernel: piece(words, 0),
    strategies: all,
    path: at(n, o) === 1 ? path : null,
    route: null,
  }
}
