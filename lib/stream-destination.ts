/**
 * A file that JavaScript writes, and the fate of its name. As the core's destination/: under another name in the
 * same directory until it is whole, or in place.
 */

import { randomBytes } from 'node:crypto'
import { close, constants, fchmod, fsync, ftruncate, open, type Stats, write } from 'node:fs'
import * as fs from 'node:fs/promises'
import { constants as os } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from './failure'
import { type Path, pathText } from './path'

const [openFile, closeFile] = [promisify(open), promisify(close)]
const [chmodFile, cutTo, writeTo] = [promisify(fchmod), promisify(ftruncate), promisify(write)]
const syncFile = promisify(fsync)
const { EEXIST, ELOOP } = os.errno
const { O_WRONLY, O_CREAT, O_EXCL } = constants

export interface Wanted {
  overwrite: boolean
  mode: number
  /** Undefined: where it can be. */
  atomic: boolean | undefined
  /** Whether it is to be on the disk before it is over. */
  durable: boolean
}

/** What becomes of the name. */
interface Fate {
  isAtomic: boolean
  /** The name that it has in the end. */
  name: string
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
  ) {}

  static async create(path: Path, wanted: Wanted): Promise<Output | Failure> {
    const there = await statOf(fs.stat(path as string))
    const isReplaceable = there === null || there.isFile()
    if (wanted.atomic === true && !isReplaceable) {
      return new Failure({
        code: 'ERR_ATOMIC_UNAVAILABLE',
        description: 'the destination is no regular file',
      })
    }
    return wanted.atomic === false || !isReplaceable ? inPlace(path, wanted) : beside(path, wanted)
  }

  static of(fd: number, fate: Fate, isRegular: boolean): Output {
    return new Output(fd, fate, isRegular)
  }

  get isAtomic(): boolean {
    return this.fate.isAtomic
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

  /** Answers whether it is durable: what is no regular file is on no disk. */
  async commit(durable: boolean): Promise<boolean> {
    const lasts = durable && this.isRegular
    if (this.isRegular) await cutTo(this.fd, this.position)
    // as the core: the file, its name, the directory; an error is told, and never asked again
    if (lasts) await syncFile(this.fd)
    await this.close()
    await this.fate.publish()
    this.isPublished = true
    if (lasts) await syncDirectory(this.fate.name)
    return lasts
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

async function syncDirectory(name: string): Promise<void> {
  const directory = await fs.open(dirname(await fs.realpath(name)))
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function statOf(stats: Promise<Stats>): Promise<Stats | null> {
  return stats.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

async function inPlace(path: Path, { overwrite, mode }: Wanted): Promise<Output> {
  const name = path as string
  try {
    const fd = await openFile(name, O_WRONLY | O_CREAT | O_EXCL, mode)
    const remove = () => fs.unlink(name)
    return Output.of(fd, { isAtomic: false, name, publish: nothing, remove }, true)
  } catch (error) {
    if (!overwrite || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const fd = await openFile(name, O_WRONLY | O_CREAT, mode)
    const isRegular = (await fs.stat(name)).isFile()
    return Output.of(fd, { isAtomic: false, name, publish: nothing, remove: nothing }, isRegular)
  }
}

async function beside(path: Path, { overwrite, mode }: Wanted): Promise<Output | Failure> {
  if (!overwrite && (await statOf(fs.lstat(path as string))) !== null) return new Failure({ errno: EEXIST })
  const target = await targetOf(pathText(path))
  if (target === null) return new Failure({ errno: ELOOP })
  const old = await statOf(fs.stat(target))
  // renaming asks only the directory; opening for writing would ask the file
  if (old !== null) await fs.access(target, fs.constants.W_OK)
  const now = join(dirname(target), `.zero-copy-rs-${randomBytes(8).toString('hex')}`)
  const fd = await openFile(now, O_WRONLY | O_CREAT | O_EXCL, mode)
  if (old !== null) await chmodFile(fd, old.mode & 0o7777)
  const publish = () => (overwrite ? fs.rename(now, target) : exclusively(now, target))
  const remove = () => fs.rm(now, { force: true })
  return Output.of(fd, { isAtomic: true, name: target, publish, remove }, true)
}

/** A second name fails where there is one; then the first goes. */
async function exclusively(now: string, target: string): Promise<void> {
  await fs.link(now, target)
  await fs.unlink(now)
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
