// What may be a source, and what everything else gets. Missing files and directories: errors.test.ts.

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { type CopyOptions, copyFile, copyFileSync } from '../index'
import { difference, random } from './support/bytes'
import { saidIn } from './support/child'
import { nativeStrategies as strategies } from './support/native-strategies'
import { scratch } from './support/place'
import { isInstalled, isRoot, skip } from './support/skip'

jest.setTimeout(60_000)

const directory = scratch('sources')
const at = (name: string) => join(directory, name)
const content = random(1, 300_001)
const to = at('to')
writeFileSync(at('source'), content)
execFileSync('mkfifo', [at('fifo')])
afterEach(() => rmSync(to, { force: true }))

test('a link that leads nowhere is ENOENT, and one to a file is that file', async () => {
  symlinkSync('nowhere', at('dangling'))
  symlinkSync('source', at('link'))
  await expectRefused(at('dangling'), { code: 'ENOENT', path: at('dangling') })
  expect(await copyFile(at('link'), to)).toMatchObject({ bytes: content.length })
  expect(lstatSync(to).isFile()).toBe(true)
  expect(difference(to, content)).toBeNull()
})

type Source = string | number | FileHandle

/** By both forms, before anything is touched: a new name does not appear, an old file stays. */
async function expectRefused(source: Source, wanted: object, options: CopyOptions = {}) {
  for (const before of [null, 'old content']) {
    rmSync(to, { force: true })
    if (before !== null) writeFileSync(to, before)
    const kept = () => (existsSync(to) ? readFileSync(to, 'utf8') : null)
    await expect(copyFile(source, to, options)).rejects.toMatchObject({ ...wanted, bytes: 0 })
    expect(kept()).toBe(before)
    if (typeof source === 'object') continue
    expect(() => copyFileSync(source, to, options)).toThrow(expect.objectContaining(wanted))
    expect(kept()).toBe(before)
  }
}

const einval = (why: RegExp) => ({
  code: 'EINVAL',
  errno: -22,
  syscall: 'copyfile',
  message: expect.stringMatching(why),
})

describe('a FIFO', () => {
  test('is EINVAL at once', async () => {
    await expectRefused(
      at('fifo'),
      einval(/^EINVAL: invalid argument, copyfile '.*fifo' -> '.*' \(.*FIFO.*\)$/),
    )
    for (const strategy of strategies) await expectRefused(at('fifo'), einval(/FIFO/), { strategy })
  })

  test('is EINVAL as a descriptor and as a FileHandle', async () => {
    const handle = await open(at('fifo'), constants.O_RDWR)
    await handle.write('waiting')
    await expectRefused(handle, einval(/FIFO/))
    await expectRefused(handle.fd, einval(/FIFO/))
    expect(`${(await handle.read(Buffer.alloc(7))).buffer}`).toBe('waiting')
    await handle.close()
  })

  if (!isInstalled('strace')) skip('a FIFO is never opened', 'strace is not installed')
  else {
    test('is never opened, so a writer that waits for a reader is not released', async () => {
      const trace = at('trace')
      const body = `
        const [fifo, to] = args
        say(await copyFile(fifo, to).catch(({ code }) => code))
        try { copyFileSync(fifo, to) } catch ({ code }) { say(code) }
        fs.closeSync(fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)) // strace sees this one`
      const command = ['strace', '-f', '-q', '-e', 'trace=open,openat,openat2', '-o', trace, '-P', at('fifo')]
      expect(await saidIn(body, { command, args: [at('fifo'), to] })).toEqual(['EINVAL', 'EINVAL'])
      expect(readFileSync(trace, 'utf8').match(/ open.*/g)).toHaveLength(1)
    })
  }
})

describe('a socket', () => {
  let server: Server
  beforeAll((done) => {
    server = createServer().listen(at('socket'), done)
  })
  afterAll((done) => {
    server.close(done)
  })

  test('is EINVAL by its name', () => expectRefused(at('socket'), einval(/socket/)))

  test('is EINVAL by its descriptor', () => {
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle
    return expectRefused(fd, einval(/socket/))
  })
})

describe('a block device', () => {
  const device = readdirSync('/dev')
    .map((name) => join('/dev', name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isBlockDevice())

  if (device === undefined) skip('a block device as source', 'there is none in /dev')
  else {
    test('is EINVAL, whoever asks', () => expectRefused(device, einval(/block device/)))

    test('is EINVAL as a FileHandle', async () => {
      const handle = await open(device).catch(({ code }) => code as string)
      if (typeof handle === 'string') {
        expect([handle, isRoot]).toEqual(['EACCES', false])
        return
      }
      await expectRefused(handle, einval(/block device/))
      await handle.close()
    })
  }
})

describe('a character device', () => {
  test('/dev/null copies as an empty file, over an old one too', async () => {
    for (const copy of [copyFile, copyFileSync]) {
      const report = await copy('/dev/null', to)
      expect(report).toMatchObject({ strategy: null, bytes: 0, attempts: [] })
      expect(statSync(to)).toMatchObject({ size: 0 })
      writeFileSync(to, 'old content')
      await copy('/dev/null', to)
      expect(statSync(to).size).toBe(0)
      rmSync(to)
    }
  })

  test('any other needs a length, and has no offset', async () => {
    await expectRefused('/dev/zero', einval(/length/))
    await expectRefused('/dev/zero', einval(/offset/), { offset: 1, length: 1 })
    await expectRefused('/dev/urandom', einval(/length/))
  })

  test.each([1, 4096, 1_000_001])('with a length of %d is read so far', async (length) => {
    for (const copy of [copyFile, copyFileSync]) {
      expect(await copy('/dev/zero', to, { length })).toMatchObject({ bytes: length })
      expect(difference(to, Buffer.alloc(length))).toBeNull()
      await copy('/dev/urandom', to, { length })
      expect(readFileSync(to)).toHaveLength(length)
    }
  })

  test('with a length of 0 is an empty file', async () => {
    expect(await copyFile('/dev/zero', to, { length: 0 })).toMatchObject({ strategy: null, bytes: 0 })
    expect(statSync(to).size).toBe(0)
  })

  test('by a strategy is copied whole or refused', async () => {
    const worked = []
    for (const strategy of strategies) {
      const outcome = await copyFile('/dev/zero', to, { length: 70_000, strategy }).catch((error) => error)
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'ERR_STRATEGY_UNAVAILABLE', bytes: 0 })
        expect(existsSync(to)).toBe(false)
      } else {
        worked.push(strategy)
        expect(difference(to, Buffer.alloc(70_000))).toBeNull()
      }
      rmSync(to, { force: true })
    }
    expect(worked).toContain('read_write')
  })
})

describe('a FileHandle or a descriptor', () => {
  test.each([...strategies, undefined])('by %s: its position stays, and it stays open', async (strategy) => {
    const handle = await open(at('source'))
    await handle.read(Buffer.alloc(12_345), 0, 12_345)
    for (const source of [handle, handle.fd]) {
      const report = await copyFile(source, to, { strategy }).catch((error) => error)
      if (report instanceof Error) expect(report).toMatchObject({ code: 'ERR_STRATEGY_UNAVAILABLE' })
      else expect(difference(to, content)).toBeNull()
    }
    const { buffer } = await handle.read(Buffer.alloc(5), 0, 5)
    expect(buffer).toEqual(content.subarray(12_345, 12_350))
    await handle.close()
  })

  test('may be closed as soon as the call has returned', async () => {
    const handle = await open(at('source'))
    const copy = copyFile(handle, to)
    await handle.close()
    expect(await copy).toMatchObject({ bytes: content.length })
    expect(difference(to, content)).toBeNull()

    const fd = openSync(at('source'), 'r')
    const second = copyFile(fd, to, { offset: 5 })
    closeSync(fd)
    closeSync(openSync(at('fifo'), 'r+')) // Most likely of the same number.
    expect(await second).toMatchObject({ bytes: content.length - 5 })
    expect(difference(to, content.subarray(5))).toBeNull()
  })

  test('may be of a file that has no name any more, and open for writing too', async () => {
    writeFileSync(at('gone'), content)
    const handle = await open(at('gone'), 'a+')
    unlinkSync(at('gone'))
    expect(await copyFile(handle, to)).toMatchObject({ bytes: content.length })
    expect(difference(to, content)).toBeNull()
    await handle.close()
  })

  test('of a directory is EISDIR', async () => {
    const handle = await open(directory)
    await expectRefused(handle, { code: 'EISDIR', syscall: 'copyfile' })
    await expectRefused(handle.fd, { code: 'EISDIR' })
    await handle.close()
  })

  test('is one source for many copies at once, each of its own range', async () => {
    const handle = await open(at('source'))
    const names = Array.from({ length: 30 }, (_, n) => at(`part-${n}`))
    await Promise.all(names.map((name, n) => copyFile(handle, name, { offset: n * 10_000, length: 10_000 })))
    names.forEach((name, n) => {
      expect(difference(name, content.subarray(n * 10_000, (n + 1) * 10_000))).toBeNull()
    })
    await handle.close()
  })
})
