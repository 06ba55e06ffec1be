import type { PathLike } from 'node:fs'
import type { Socket } from 'node:net'
import { invalidType } from './arguments'
import { binding } from './binding'
import { errorOf, type Operation, unavailable } from './errors'
import { Failure } from './failure'
import { at, flag, numbers, orNull, piece, pieces } from './numbers'
import { asPath, PATH_TYPES, type Path } from './path'
import { assertAllowed } from './permission'
import type { CpuCopies } from './report'
import { captureStack } from './stack'
import { type Strategy, strategies } from './strategies'
import { addressOfHost, addressOfSocket, type Host, isHost, isSocket } from './towards'
import { begun, outcomeOf } from './transfer'

/** Whether a strategy works. */
export interface Capability {
  /**
   * `avoided`: it would, but we choose not to. `unsupported`: the kernel said no. `unknown`: nobody can tell.
   */
  available: 'yes' | 'no' | 'avoided' | 'unsupported' | 'unknown'
  reason: string | null
  /** From file to file; from file to socket, where a host or a socket was asked about. */
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
  /** By which device bytes to a host or a socket's peer leave this one; null: none was asked about, or it has none. */
  route: {
    address: string
    interface: string
    scatterGather: boolean | null
    checksumOffload: boolean | null
  } | null
}

const AVAILABLE = ['yes', 'no', 'avoided', 'unsupported', 'unknown'] as const

/**
 * Says what this machine can do, and why not: on the whole, for the file system of a path, or for the way to a host.
 *
 * A path's file system is tried with files that have no name and are gone afterwards (`O_TMPFILE`), so Node's
 * permission model must allow to read and to write there. Without write permission of the system's own, what
 * depends on the file system is `unknown`.
 *
 * A host, or the peer of a socket, is only looked up, its name by the system's resolver: nothing is sent to it. What each
 * strategy would cost then is what a send would.
 *
 * @param where - A path; `{ host, port? }`; a socket, for which it waits if it is connecting; nothing: the machine alone.
 *
 * Rejects with a {@link ZeroCopyError} as `fs` does (`ENOENT: no such file or directory, probe '/nope'`), as `node:dns`
 * does (ENOTFOUND), with ENETUNREACH where there is no route, with `ERR_SOCKET_CLOSED`, or with a TypeError for a bad
 * argument.
 *
 * @example
 * const { strategies, path } = await probe('/var/lib')
 * if (path?.reflink) console.log('copies are free there', strategies.reflink)
 *
 * const { route } = await probe({ host: 'example.com' })
 * if (route?.scatterGather) console.log(`${route.interface} gathers: sendfile copies nothing`)
 *
 * @see statfs(2), uname(2), ioctl_ficlonerange(2), rtnetlink(7)
 */
export async function probe(where?: PathLike | Socket | Host): Promise<Capabilities> {
  const operation: Operation = { syscall: 'probe', path: null, dest: null }
  const result = await answer(where, operation)
  if (!(result instanceof Failure)) return result
  const error = errorOf(result, operation)
  captureStack(error, probe)
  throw error
}

async function answer(where: unknown, operation: Operation): Promise<Capabilities | Failure> {
  if (isHost(where)) return towards(await addressOfHost(where))
  if (isSocket(where)) {
    const address = await addressOfSocket(where)
    if (address instanceof Failure) return address
    return address === null ? queued(null) : towards(address)
  }
  operation.path = where === undefined ? null : asPath(where, 'where', PLACES)
  return queued(operation.path)
}

const PLACES = `${PATH_TYPES}, net.Socket or { host }`

function queued(path: Path | null): Promise<Capabilities | Failure> | Failure {
  if (path !== null) {
    assertAllowed('fs.read', path)
    assertAllowed('fs.write', path)
  }
  if (binding === null) return unavailable()
  return begun(binding, PROBE, (native, id) => native.probe(id, path)).outcome
}

/** Some 100 microseconds on this thread: the kernel answers from memory. */
function towards(address: string): Capabilities | Failure {
  if (binding === null) return unavailable()
  const words = binding.probeRoute(address, numbers)
  if (words === null) throw invalidType('where.host', 'an IP address or a name of one', address)
  const result = outcomeOf(numbers, words, PROBE.read)
  return result instanceof Failure ? new Failure({ ...result, detail: `towards ${address}` }) : result
}

const PROBE = { read: capabilities, progress: () => null }

/** The binding knows nothing of it; it works wherever Node does. */
const STREAM: Capability = {
  available: 'yes',
  reason: 'to and from sockets: copyFile does not go through streams in this version',
  cpuCopies: {
    count: 2,
    basis: 'one into a buffer of JavaScript, one out of it; more where Node makes more',
  },
}

/** Reads kind 2: availability and copies of each strategy from `n[3]` on, then what is known of the path. */
function capabilities(n: Float64Array, text: string): Capabilities {
  const words = pieces(text)
  const count = at(n, 2)
  const o = 3 + 2 * count
  const isRoute = at(n, o + 3) === 1
  const all = {} as Record<Strategy, Capability>
  strategies.slice(0, count).forEach((strategy, i) => {
    all[strategy] = {
      available: AVAILABLE[at(n, 3 + 2 * i)] ?? 'unknown',
      reason: piece(words, 3 + 2 * i),
      cpuCopies: { count: orNull(at(n, 4 + 2 * i)), basis: words[4 + 2 * i] ?? '' },
    }
  })
  all.stream = isRoute ? { ...STREAM, reason: null } : STREAM
  return {
    native: true,
    platform: process.platform,
    kernel: piece(words, 0),
    strategies: all,
    path: at(n, o) === 1 ? pathAt(n, o + 1, words) : null,
    route: isRoute ? routeAt(n, o + 4, words, o) : null,
  }
}

function pathAt(n: Float64Array, index: number, words: readonly string[]): Capabilities['path'] {
  const [, fileSystem = '', device = ''] = words
  return { fileSystem, device, reflink: flag(at(n, index)), holes: flag(at(n, index + 1)) }
}

function routeAt(
  n: Float64Array,
  index: number,
  words: readonly string[],
  first: number,
): Capabilities['route'] {
  return {
    address: words[first] ?? '',
    interface: words[first + 1] ?? '',
    scatterGather: flag(at(n, index)),
    checksumOffload: flag(at(n, index + 1)),
  }
}
