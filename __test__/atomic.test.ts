// Nothing is lost: what `atomic` promises, from Node. The core's own tests (tests/destination) go through every call.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import {
  type CopyOptions,
  copyFile,
  copyFileSync,
  type ReceiveOptions,
  receiveFile,
  type TransferReport,
} from '../index'
import { difference, random, writeSparse } from './support/bytes'
import { mountOf, scratch } from './support/place'
import { isRoot, testAsRoot, testWithMounts } from './support/skip'

jest.setTimeout(60_000)

const directory = scratch('atomic', mountOf('ext4') ?? undefined)
const at = (name: string) => join(directory, name)
const [source, endless] = [at('source'), at('endless')]
const content = random(1, 300_001)
writeFileSync(source, content)
writeSparse(endless, 2 ** 28, [])

const WHY = {
  asked: 'atomic: false was asked for',
  kind: 'the destination is no regular file',
  mount: 'something is mounted on the destination',
  directory: "the destination's directory may not be written",
}

type Options = Pick<CopyOptions & ReceiveOptions, 'atomic' | 'overwrite' | 'durable'>

/** Whoever makes a destination of the source's bytes. */
const MAKERS: Record<string, (to: string, options?: Options) => Promise<TransferReport>> = {
  copyFile: (to, options) => copyFile(source, to, options),
  copyFileSync: async (to, options) => copyFileSync(source, to, options),
  'receiveFile, natively': (to, options) => received(to, { ...options, strategy: ['splice', 'read_write'] }),
  'receiveFile, through streams': (to, options) => received(to, { ...options, strategy: 'stream' }),
}

async function received(to: string, options: ReceiveOptions): Promise<TransferReport> {
  const server = createServer((peer) => peer.on('error', () => {}).end(content))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as { port: number }
  const socket: Socket = connect({ port, host: '127.0.0.1' })
  try {
    return await receiveFile(socket, to, options)
  } finally {
    socket.destroy()
    server.close()
  }
}

/** No temporary name is left. */
const strays = (where = directory) => readdirSync(where).filter((name) => name.startsWith('.zero-copy-rs-'))
afterEach(() => expect(strays()).toEqual([]))

describe.each(Object.keys(MAKERS))('%s', (name) => {
  const make = MAKERS[name] as (typeof MAKERS)[string]

  test.each<[string, CopyOptions['atomic'], boolean]>([
    ['replaces by default', undefined, true],
    ["replaces where it is 'auto'", 'auto', true],
    ['replaces where it must', true, true],
    ['writes in place where it is false', false, false],
  ])('%s', async (_what, atomic, isReplaced) => {
    for (const overwrite of [true, false]) {
      const to = at('to')
      rmSync(to, { force: true })
      if (overwrite) writeFileSync(to, 'old content')
      const before = overwrite ? statSync(to).ino : 0
      const report = await make(to, { atomic, overwrite })
      const reason = isReplaced ? null : WHY.asked
      expect(report).toMatchObject({ atomic: isReplaced, atomicReason: reason, bytes: content.length })
      expect(difference(to, content)).toBeNull()
      if (overwrite) expect(statSync(to).ino === before).toBe(!isReplaced)
    }
  })

  test('keeps a link, and replaces or makes what it leads to', async () => {
    for (const target of ['there', 'not-there']) {
      for (const each of ['link', target]) rmSync(at(each), { force: true })
      if (target === 'there') writeFileSync(at(target), 'old content')
      symlinkSync(target, at('link'))
      expect(await make(at('link'))).toMatchObject({ atomic: true })
      expect(execFileSync('readlink', [at('link')], { encoding: 'utf8' })).toBe(`${target}\n`)
      expect(difference(at(target), content)).toBeNull()
    }
  })

  test('is ERR_ATOMIC_UNAVAILABLE before anything is touched, where it cannot be', async () => {
    const error = await make('/dev/null', { atomic: true }).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'ZeroCopyError', code: 'ERR_ATOMIC_UNAVAILABLE', dest: '/dev/null' })
    expect(error.message).toMatch(`ERR_ATOMIC_UNAVAILABLE: ${WHY.kind}, `)
    expect('errno' in error).toBe(false)
    expect(error).toMatchObject({ bytes: 0, call: null })
    expect(await make('/dev/null')).toMatchObject({ atomic: false, atomicReason: WHY.kind })
  })

  test('where the directory may not be written, the file is', async () => {
    const closed = at('closed')
    mkdirSync(closed, { recursive: true })
    writeFileSync(join(closed, 'old'), 'old content')
    chmodSync(closed, 0o555)
    try {
      if (isRoot) {
        expect(await make(join(closed, 'old'))).toMatchObject({ atomic: true })
      } else {
        const unavailable = {
          code: 'ERR_ATOMIC_UNAVAILABLE',
          message: expect.stringContaining(WHY.directory),
        }
        await expect(make(join(closed, 'old'), { atomic: true })).rejects.toMatchObject(unavailable)
        expect(readFileSync(join(closed, 'old'), 'utf8')).toBe('old content')
        const report = await make(join(closed, 'old'))
        expect(report).toMatchObject({ atomic: false, atomicReason: WHY.directory })
        await expect(make(join(closed, 'new'))).rejects.toMatchObject({ code: 'EACCES', errno: -13 })
      }
      expect(difference(join(closed, 'old'), content)).toBeNull()
      expect(readdirSync(closed)).toEqual(['old'])
    } finally {
      chmodSync(closed, 0o755)
      rmSync(closed, { recursive: true })
    }
  })

  test('a file that may not be written is not replaced, though its directory would let it', async () => {
    writeFileSync(at('read-only'), 'old content', { mode: 0o444 })
    if (isRoot) expect(await make(at('read-only'))).toMatchObject({ atomic: true })
    else {
      await expect(make(at('read-only'))).rejects.toMatchObject({ code: 'EACCES', errno: -13 })
      expect(readFileSync(at('read-only'), 'utf8')).toBe('old content')
    }
    rmSync(at('read-only'))
  })

  testAsRoot('gives the new file the owner and group of the old one', async () => {
    writeFileSync(at('theirs'), 'old content')
    chownSync(at('theirs'), 1234, 5678)
    expect(await make(at('theirs'))).toMatchObject({ atomic: true })
    expect(statSync(at('theirs'))).toMatchObject({ uid: 1234, gid: 5678 })
  })

  testWithMounts('writes a file in place that is a mount of its own, as containers have them', async () => {
    if (name === 'receiveFile, through streams') return // Node cannot see it
    writeFileSync(at('below'), 'below')
    writeFileSync(at('mounted'), 'old content')
    execFileSync('mount', ['--bind', at('mounted'), at('below')])
    try {
      const unavailable = { code: 'ERR_ATOMIC_UNAVAILABLE', message: expect.stringContaining(WHY.mount) }
      await expect(make(at('below'), { atomic: true })).rejects.toMatchObject(unavailable)
      expect(readFileSync(at('below'), 'utf8')).toBe('old content')
      expect(await make(at('below'))).toMatchObject({ atomic: false, atomicReason: WHY.mount })
    } finally {
      execFileSync('umount', [at('below')])
    }
    expect(difference(at('mounted'), content)).toBeNull()
    expect(readFileSync(at('below'), 'utf8')).toBe('below')
  })

  testWithMounts('never writes over the old file for lack of space', async () => {
    const small = at('small')
    mkdirSync(small, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', small])
    try {
      const old = random(2, 200_000)
      writeFileSync(join(small, 'old'), old)
      for (const atomic of ['auto', true] as const) {
        const error = await make(join(small, 'old'), { atomic }).catch((thrown) => thrown)
        expect(error).toMatchObject({ code: 'ENOSPC', errno: -28, call: expect.stringMatching(/./) })
        expect(error).toMatchObject({ dest: join(small, 'old'), bytes: expect.any(Number) })
        expect(difference(join(small, 'old'), old)).toBeNull()
        expect(readdirSync(small)).toEqual(['old'])
      }
    } finally {
      execFileSync('umount', [small])
    }
  })

  test('says in the report that it is durable', async () => {
    for (const atomic of ['auto', false] as const) {
      expect(await make(at('durable'), { atomic, durable: true })).toMatchObject({ durable: true })
    }
    expect(await make(at('durable'))).toMatchObject({ durable: false })
  })
})

describe('in the middle', () => {
  const SLOW = { strategy: 'read_write', sparse: 'never', bufferSize: 1, progressIntervalMs: 1 } as const

  test('an exception in onProgress leaves the old file, and nothing else', async () => {
    const before = readdirSync(directory).sort()
    const to = at('kept')
    for (const old of [null, 'old content']) {
      if (old !== null) writeFileSync(to, old)
      const thrown = new Error('thrown by the user')
      const onProgress = ({ bytes }: { bytes: number }) => {
        if (bytes > 0) throw thrown
      }
      await expect(copyFile(endless, to, { ...SLOW, onProgress })).rejects.toBe(thrown)
      expect(existsSync(to)).toBe(old !== null)
      if (old !== null) expect(readFileSync(to, 'utf8')).toBe(old)
    }
    rmSync(to)
    expect(readdirSync(directory).sort()).toEqual(before)
  })

  test('whoever reads sees the old or the new, whole', async () => {
    const other = random(3, 500_000)
    writeFileSync(at('other'), other)
    writeFileSync(at('read'), content)
    const copies = Array.from({ length: 60 }, (_, n) => copyFile(n % 2 ? source : at('other'), at('read')))
    let done = false
    const all = Promise.all(copies).finally(() => {
      done = true
    })
    while (!done) {
      const found = readFileSync(at('read'))
      expect(found.equals(content) || found.equals(other)).toBe(true)
      await new Promise(setImmediate)
    }
    for (const { atomic } of await all) expect(atomic).toBe(true)
  })
})
