import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type CopyOptions, copyFile, copyFileSync } from '../index'
import { difference, random, writeSparse } from './support/bytes'
import { mountOf, scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('destinations', mountOf('ext4') ?? undefined)
const at = (name: string) => join(directory, name)
const content = random(1, 300_001)
const [source, endless] = [at('source'), at('endless')]
writeFileSync(source, content)
/** Byte by byte it takes an hour. */
writeSparse(endless, 2 ** 28, [])
chmodSync(endless, 0o754)

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

/** By both forms. */
async function expectRefused(to: string, wanted: object, options: CopyOptions = {}) {
  await expect(copyFile(source, to, options)).rejects.toMatchObject(wanted)
  expect(thrownBy(() => copyFileSync(source, to, options))).toMatchObject(wanted)
}

/** Looks when the first bytes have been written, and stops the copy. */
async function inTheMiddle(to: string, look: () => void, atomic: CopyOptions['atomic'] = 'auto') {
  const controller = new AbortController()
  const { signal } = controller
  const onProgress = ({ bytes }: { bytes: number }) => {
    if (bytes === 0 || signal.aborted) return
    look()
    controller.abort()
  }
  const options = {
    strategy: 'read_write',
    sparse: 'never',
    bufferSize: 1,
    progressIntervalMs: 1,
    signal,
    onProgress,
    atomic,
  } as const
  await expect(copyFile(endless, to, options)).rejects.toMatchObject({ code: 'ABORT_ERR' })
}

describe('a symbolic link', () => {
  test('stays, and its target is written over', async () => {
    writeFileSync(at('target'), 'old content')
    symlinkSync('target', at('link'))
    for (const copy of [copyFile, copyFileSync]) {
      truncateSync(at('target'), 1)
      await copy(source, at('link'))
      expect(readlinkSync(at('link'))).toBe('target')
      expect(difference(at('target'), content)).toBeNull()
    }
  })

  test('that leads nowhere stays, and its target is made', async () => {
    mkdirSync(at('elsewhere'))
    symlinkSync('elsewhere/new', at('dangling'))
    symlinkSync(at('dangling'), at('dangling-too'))
    for (const copy of [copyFile, copyFileSync]) {
      await copy(source, at('dangling-too'))
      expect(readlinkSync(at('dangling'))).toBe('elsewhere/new')
      expect(readlinkSync(at('dangling-too'))).toBe(at('dangling'))
      expect(lstatSync(at('elsewhere/new')).isFile()).toBe(true)
      expect(difference(at('elsewhere/new'), content)).toBeNull()
      rmSync(at('elsewhere/new'))
    }
  })

  test('whose target was made for a copy that failed leads nowhere again', async () => {
    symlinkSync('elsewhere/unfinished', at('to-unfinished'))
    for (const atomic of ['auto', false] as const) {
      const look = () => expect(existsSync(at('elsewhere/unfinished'))).toBe(atomic === false)
      await inTheMiddle(at('to-unfinished'), look, atomic)
      expect(existsSync(at('elsewhere/unfinished'))).toBe(false)
      expect(readlinkSync(at('to-unfinished'))).toBe('elsewhere/unfinished')
    }
  })

  test('that leads into no directory is ENOENT', async () => {
    symlinkSync('nowhere/new', at('far'))
    await expectRefused(at('far'), { code: 'ENOENT', dest: at('far') })
  })
})

describe('a file that is there', () => {
  test.each([
    ['stays the same file in place: other names and open descriptors see the new content', false],
    ['is replaced by another: other names and open descriptors keep the old content', undefined],
    ['is replaced by another, or it would be an error', true],
  ])('%s', async (_what, atomic) => {
    const old = random(2, 500_000)
    for (const name of ['old', 'old-too']) rmSync(at(name), { force: true })
    writeFileSync(at('old'), old)
    linkSync(at('old'), at('old-too'))
    const fd = openSync(at('old'), 'r')
    const { ino } = statSync(at('old'))
    const isReplaced = atomic !== false
    expect(await copyFile(source, at('old'), { atomic })).toMatchObject({ atomic: isReplaced })
    expect(statSync(at('old')).ino === ino).toBe(!isReplaced)
    expect(difference(at('old'), content)).toBeNull()
    expect(difference(at('old-too'), isReplaced ? old : content)).toBeNull()
    expect(readFileSync(fd).equals(isReplaced ? old : content)).toBe(true)
    closeSync(fd)
  })

  test('stays when the copy fails in the middle; in place its name does', async () => {
    for (const atomic of ['auto', true, false] as const) {
      writeFileSync(at('kept'), 'old content')
      await inTheMiddle(at('kept'), () => {}, atomic)
      expect(existsSync(at('kept'))).toBe(true)
      if (atomic !== false) expect(readFileSync(at('kept'), 'utf8')).toBe('old content')
    }
  })

  test('keeps its content and its times when the copy is refused', async () => {
    writeFileSync(at('refused'), 'old content')
    const times = () => {
      const { mtimeNs, ctimeNs } = statSync(at('refused'), { bigint: true })
      return [mtimeNs, ctimeNs]
    }
    const before = times()
    await expectRefused(at('refused'), { code: 'EEXIST' }, { overwrite: false })
    await expectRefused(at('refused'), { code: 'ERR_OUT_OF_RANGE' }, { offset: content.length + 1 })
    expect(times()).toEqual(before)
    expect(readFileSync(at('refused'), 'utf8')).toBe('old content')
  })
})

describe('a new name', () => {
  test('does not appear before it is whole; in place it is private until then', async () => {
    await inTheMiddle(at('half'), () => expect(existsSync(at('half'))).toBe(false))
    await inTheMiddle(at('half'), () => expect(statSync(at('half')).mode & 0o7777).toBe(0o600), false)
    expect(existsSync(at('half'))).toBe(false)
    await copyFile(endless, at('half'), { length: 10_000 })
    expect(statSync(at('half')).mode & 0o7777).toBe(0o754)
  })

  test('that somebody gave to another file meanwhile is not removed', async () => {
    writeFileSync(at('mine'), 'mine')
    for (const atomic of ['auto', false] as const) {
      await inTheMiddle(at('taken'), () => renameSync(at('mine'), at('taken')), atomic)
      expect(readFileSync(at('taken'), 'utf8')).toBe('mine')
      renameSync(at('taken'), at('mine'))
    }
  })

  test('of 255 bytes is made, and gone after an abort', async () => {
    const to = at('n'.repeat(255))
    expect(await copyFile(source, to)).toMatchObject({ bytes: content.length })
    rmSync(to)
    await inTheMiddle(to, () => {})
    expect(existsSync(to)).toBe(false)
  })

  test('is the only one that is made', async () => {
    mkdirSync(at('alone'))
    await copyFile(source, at('alone/to'))
    const found = () => readdirSync(at('alone')).sort()
    await inTheMiddle(at('alone/half'), () => expect(found()).toEqual(['to']))
    await inTheMiddle(at('alone/half'), () => expect(found()).toEqual(['half', 'to']), false)
    expect(found()).toEqual(['to'])
  })
})

describe('what is no regular file', () => {
  test('/dev/null takes everything', async () => {
    for (const strategy of [undefined, 'read_write', 'splice'] as const) {
      expect(await copyFile(source, '/dev/null', { strategy })).toMatchObject({ bytes: content.length })
    }
    expect(copyFileSync(source, '/dev/null')).toMatchObject({ bytes: content.length })
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test('/dev/full is full', async () => {
    for (const strategy of ['read_write', 'mmap_write', undefined] as const) {
      await expectRefused('/dev/full', { code: 'ENOSPC', bytes: 0 }, { strategy })
    }
  })

  test('a FIFO that nobody reads is ENXIO at once', async () => {
    execFileSync('mkfifo', [at('fifo')])
    await expectRefused(at('fifo'), { code: 'ENXIO', syscall: 'copyfile' })
    expect(lstatSync(at('fifo')).isFIFO()).toBe(true)
  })

  test('a socket is ENXIO', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve))
    await expectRefused(at('socket'), { code: 'ENXIO' })
    await new Promise((resolve) => server.close(resolve))
  })

  test('a directory is EISDIR, with a slash behind it too', async () => {
    mkdirSync(at('folder'))
    for (const to of [at('folder'), `${at('folder')}/`, directory])
      await expectRefused(to, { code: 'EISDIR' })
    await expectRefused(at('folder'), { code: 'EEXIST' }, { overwrite: false })
  })

  test('is EEXIST without overwrite', async () => {
    for (const to of ['/dev/null', at('fifo')])
      await expectRefused(to, { code: 'EEXIST' }, { overwrite: false })
  })
})
