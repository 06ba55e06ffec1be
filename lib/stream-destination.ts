/**
 * A file that JavaScript writes, and the fate of its name. As the core's destination/: under another name in the
 * same directory until it is whole, or in place. What Node cannot see, it cannot give to the new file: access control
 * lists and labels of the old one are left to the directory and the policy.
 */

import { close, constants, fchmod, fchown, fsync, ftruncate, open, type Stats, write } from 'node:fs'
import * as fs from 'node:fs/promises'
import { constants as os } from 'node:os'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from './failure'
import { type Path, pathText } from './path'
import {
  canBeExclusive,
  exclusively,
  nameBeside,
  ownerForbids,
  REFUSED,
  refusalOf,
  WHY,
} from './stream-place'

const [openFile, closeFile, syncFile] = [promisify(open), promisify(close), promisify(fsync)]
const [chmodFile, chownFile] = [promisify(fchmod), promisify(fchown)]
const [cutTo, writeTo] = [promisify(ftruncate), promisify(write)]
const { EEXIST, ELOOP } = os.errno
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY } = constants

export interface Wanted {
  overwrite: boolean
  mode: number
  /** Undefined: where it can be. */
  atomic: boolean | undefined
  durable: boolean
}

/** What becomes of the name. */
interface Fate {
  /** Why it is written in place; null: it is not. */
  reason: string | null
  /** Permissions that the file gets in the end; null: it has them. */
  mode: number | null
  /** Where the name is. */
  directory: string
  publish(): Promise<void>
  remove(): Promise<void>
}

const nothing = async () => {}

export class Output {
  private position = 0
  private isOpen = true
  private isPublished = false

  private constructor(
    private readonly fd: number,
    private readonly fate: Fate,
    private readonly isRegular: boolean,
    private readonly durable: boolean,
  ) {}

  static async create(path: Path, wanted: Wanted): Promise<Output | Failure> {
    const there = await statOf(fs.stat(path as string))
    const isReplaceable = there === null || there.isFile()
    const whole = wanted.atomic === false ? WHY.asked : isReplaceable ? await beside(path, wanted) : WHY.kind
    if (typeof whole !== 'string') return whole
    if (wanted.atomic !== true) return inPlace(path, wanted, whole)
    return new Failure({ code: 'ERR_ATOMIC_UNAVAILABLE', description: whole })
  }

  static of(fd: number, fate: Fate, isRegular: boolean, { durable }: Wanted): Output {
    return new Output(fd, fate, isRegular, durable && isRegular)
  }

  /** What the report says of it. */
  get found(): { atomic: boolean; atomicReason: string | null; durable: boolean } {
    const { reason } = this.fate
    return { atomic: reason === null, atomicReason: reason, durable: this.durable }
  }

  get call(): string {
    return this.isRegular ? 'pwrite64' : 'write'
  }

  /** One call; how many bytes it took. */
  async write(chunk: Uint8Array): Promise<number> {
    const at = this.isRegular ? this.position : null
    const { bytesWritten } = await writeTo(this.fd, chunk, 0, chunk.length, at)
    this.position += bytesWritten
    return bytesWritten
  }

  /** Length, mode, disk, close, name, and the disk again. */
  async commit(): Promise<void> {
    if (this.isRegular) await cutTo(this.fd, this.position)
    if (this.fate.mode !== null) await chmodFile(this.fd, this.fate.mode)
    if (this.durable) await syncFile(this.fd)
    await this.close()
    await this.fate.publish()
    this.isPublished = true
    if (this.durable) await syncDirectory(this.fate.directory)
  }

  /** Removes what was not published. */
  async discard(): Promise<void> {
    if (this.isPublished) return
    await this.close().catch(nothing)
    await this.fate.remove().catch(nothing)
  }

  /** Some file systems say only now that there was no room. */
  private async close(): Promise<void> {
    if (!this.isOpen) return
    this.isOpen = false
    await closeFile(this.fd)
  }
}

async function syncDirectory(path: string): Promise<void> {
  const fd = await openFile(path, O_RDONLY | (O_DIRECTORY ?? 0))
  try {
    await syncFile(fd)
  } finally {
    await closeFile(fd)
  }
}

function statOf(stats: Promise<Stats>): Promise<Stats | null> {
  return stats.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

async function inPlace(path: Path, wanted: Wanted, reason: string): Promise<Output> {
  const name = path as string
  const { overwrite, mode } = wanted
  const fate = { reason, mode: null, directory: dirname(pathText(path)), publish: nothing }
  try {
    const fd = await openFile(name, O_WRONLY | O_CREAT | O_EXCL, mode)
    return Output.of(fd, { ...fate, remove: () => fs.unlink(name) }, true, wanted)
  } catch (error) {
    if (!overwrite || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const fd = await openFile(name, O_WRONLY | O_CREAT, mode)
    const isRegular = (await fs.stat(name)).isFile()
    return Output.of(fd, { ...fate, remove: nothing }, isRegular, wanted)
  }
}

/** A text: why it has to be written in place. */
async function beside(path: Path, wanted: Wanted): Promise<Output | Failure | string> {
  if (!wanted.overwrite && (await statOf(fs.lstat(path as string))) !== null)
    return new Failure({ errno: EEXIST })
  const target = await targetOf(pathText(path))
  if (target === null) return new Failure({ errno: ELOOP })
  const old = await statOf(fs.stat(target))
  const directory = dirname(target)
  if (old !== null) {
    // renaming asks only the directory; opening for writing would ask the file
    await fs.access(target, fs.constants.W_OK)
    if (ownerForbids(old, await fs.stat(directory))) return WHY.sticky
  }
  const now = nameBeside(target)
  const made = await openFile(now, O_WRONLY | O_CREAT | O_EXCL, old === null ? wanted.mode : 0o600).catch(
    (error: NodeJS.ErrnoException) => {
      if (old !== null && ['EACCES', 'EPERM', 'EROFS'].includes(error.code ?? '')) return null
      throw error
    },
  )
  if (made === null) return WHY.directory
  const remove = () => fs.rm(now, { force: true })
  try {
    const reason = await refused(made, now, old, wanted)
    if (reason !== null) return await given(reason, made, remove)
    const mode = old === null ? (await fs.stat(now)).mode : old.mode
    if (old === null) await chmodFile(made, 0o600)
    const publish = () => (wanted.overwrite ? fs.rename(now, target) : exclusively(now, target))
    return Output.of(made, { reason: null, mode: mode & 0o777, directory, publish, remove }, true, wanted)
  } catch (error) {
    return given(Promise.reject(error), made, remove)
  }
}

/** Takes back what was begun, and passes on what came of it. */
async function given<T>(answer: T | Promise<T>, fd: number, remove: () => Promise<void>): Promise<T> {
  await closeFile(fd).catch(nothing)
  await remove().catch(nothing)
  return answer
}

/** Why the new file cannot stand for the old one; null: it can. */
async function refused(fd: number, now: string, old: Stats | null, wanted: Wanted): Promise<string | null> {
  if (old === null) return wanted.overwrite || (await canBeExclusive(now)) ? null : WHY.exclusive
  const { uid, gid } = await fs.stat(now)
  if (uid === old.uid && gid === old.gid) return null
  const refusal = await refusalOf(chownFile(fd, old.uid, old.gid), REFUSED)
  return refusal === null ? null : WHY.owner
}

/** As many links as the kernel follows. */
const LINKS = 40

/** Where a link leads, there or not; null: in a circle. A link stays, and its target is replaced. */
async function targetOf(path: string): Promise<string | null> {
  let target = path
  for (let n = 0; n < LINKS; n++) {
    const next = await fs.readlink(target).catch(() => null)
    if (next === null) return target
    target = resolve(dirname(target), next)
  }
  return null
}
