// over 300 lines: every way that a receive can end, a short test each
import { createSocket } from 'node:dgram'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { type ReceiveOptions, receiveFile, sendFile, type ZeroCopyError } from '../index'
import { difference, random } from './support/bytes'
import { descriptors } from './support/descriptors'
import { turn } from './support/fifo'
import { scratch } from './support/place'
import {
  bytesFrom,
  cat,
  closeAll,
  closing,
  drained,
  type Ends,
  tcp,
  tls,
  unix,
  unlike,
} from './support/sockets'

jest.setTimeout(20_000)

const directory = scratch('receive')
const SIZES = [0, 1, 4096, 300_000, 20 << 20] as const
const content = random(3, SIZES[4])
const source = join(directory, 'source')
writeFileSync(source, content)
let files = 0
const fresh = () => join(directory, `to-${++files}`)
const udp = createSocket('udp4')
afterAll(() => udp.close())
afterEach(closeAll)

const TRANSPORTS: [string, () => Promise<Ends> | Ends, object][] = [
  ['a TCP socket', () => tcp(), {}],
  ['a UNIX socket', () => unix(directory), {}],
  [
    "a child's stdout",
    () => {
      const { stdin, stdout } = cat()
      return { ours: stdout, peer: stdin }
    },
    {},
  ],
  ['a TCP socket, by streams', () => tcp(), { strategy: 'stream' }],
]

describe.each(TRANSPORTS)('from %s', (_name, make, options: ReceiveOptions) => {
  const strategy = options.strategy ?? 'splice'

  test.each(SIZES)('%i bytes until the end, which JavaScript sees', async (size) => {
    const { ours, peer } = await make()
    const [to, ended] = [fresh(), jest.fn()]
    ours.on('end', ended)
    peer.end(content.subarray(0, size))
    const report = await receiveFile(ours, to, options)
    expect(difference(to, content.subarray(0, size))).toBeNull()
    expect(report).toMatchObject({
      strategy: size === 0 ? report.strategy : strategy,
      bytes: size,
      atomic: true,
    })
    expect(ours.readableEnded).toBe(true)
    expect(ended).toHaveBeenCalledTimes(1)
  })

  test.each(['auto', true, false] as const)('durably, with atomic %s', async (atomic) => {
    const { ours, peer } = await make()
    const to = fresh()
    peer.end(content.subarray(0, 300_000))
    const report = await receiveFile(ours, to, { ...options, durable: true, atomic })
    expect(difference(to, content.subarray(0, 300_000))).toBeNull()
    expect(report).toMatchObject({ bytes: 300_000, atomic: atomic !== false, durable: true })
  })

  test('with a length, and later bytes reach JavaScript', async () => {
    const { ours, peer } = await make()
    const lengths = [0, 5, 4096, 300_000, 1, 7_000_000]
    peer.write(content)
    let at = 0
    for (const length of lengths) {
      const to = fresh()
      const report = await receiveFile(ours, to, { ...options, length })
      expect(difference(to, content.subarray(at, at + length))).toBeNull()
      expect(report.bytes).toBe(length)
      at += length
      const between = await bytesFrom(ours, 1000)
      expect(unlike(between, content.subarray(at, at + 1000))).toBeNull()
      at += 1000
    }
    peer.end('the end')
    const wanted = Buffer.concat([content.subarray(at), Buffer.from('the end')])
    expect(unlike(await drained(ours), wanted)).toBeNull()
  })

  test('what JavaScript has read but nobody has taken comes first', async () => {
    const { ours, peer } = await make()
    const to = fresh()
    peer.write(content.subarray(0, 500_000))
    expect(unlike(await bytesFrom(ours, 10), content.subarray(0, 10))).toBeNull()
    while (ours.readableLength === 0) await turn()
    peer.end(content.subarray(500_000, 600_000))
    await receiveFile(ours, to, options)
    expect(difference(to, content.subarray(10, 600_000))).toBeNull()
  })
})

test('the state of reading is as before', async () => {
  const { ours, peer } = await tcp({ pauseOnConnect: false })
  for (const state of [null, false, true]) {
    if (state === false) ours.pause()
    if (state === true) ours.resume()
    await turn()
    peer.write('12345')
    await receiveFile(ours, fresh(), { length: 5 })
    expect(ours.readableFlowing).toBe(state)
    await receiveFile(ours, fresh(), { length: 0, strategy: 'stream' })
    await turn()
    expect(ours.readableFlowing).toBe(state)
  }
})

test('a listener that comes after it gets what comes after it', async () => {
  const { ours, peer } = await tcp()
  const received = receiveFile(ours, fresh(), { length: 5 })
  const chunks: Buffer[] = []
  ours.on('data', (chunk) => chunks.push(chunk)) // too early, and yet
  ours.resume()
  await turn()
  peer.write('1234')
  await turn()
  peer.end('5rest')
  await received
  await new Promise((resolve) => ours.once('end', resolve))
  expect(Buffer.concat(chunks).toString()).toBe('rest')
})

test.each([true, false])('the caller may answer, allowHalfOpen %p', async (allowHalfOpen) => {
  const { ours, peer } = await tcp({ allowHalfOpen })
  peer.allowHalfOpen = true
  peer.end('question')
  const answer = drained(peer)
  await receiveFile(ours, fresh())
  expect(ours.readableEnded).toBe(true)
  expect(ours.allowHalfOpen).toBe(allowHalfOpen)
  ours.end('answer')
  expect((await answer).toString()).toBe('answer')
})

test('a socket without allowHalfOpen ends with its peer, as always', async () => {
  const { ours, peer } = await tcp({ allowHalfOpen: false })
  peer.allowHalfOpen = true
  const answer = drained(peer)
  peer.end('all')
  await receiveFile(ours, fresh())
  expect((await answer).length).toBe(0)
})

test('one transfer each way at a time', async () => {
  const { ours, peer } = await tcp()
  const to = fresh()
  const received = receiveFile(ours, to)
  const [sent, back] = [sendFile(ours, source, { end: true }), drained(peer)]
  peer.end(content)
  expect(unlike(await back, content)).toBeNull()
  await Promise.all([sent, received])
  expect(difference(to, content)).toBeNull()
})

test('from one file to another over a socket, natively at both ends', async () => {
  const { ours, peer } = await tcp()
  const to = fresh()
  const [sent, received] = await Promise.all([sendFile(peer, source, { end: true }), receiveFile(ours, to)])
  expect(difference(to, content)).toBeNull()
  expect([sent.strategy, received.strategy]).toEqual(['sendfile', 'splice'])
  expect(received.syscalls.splice).toBeGreaterThan(1)
})

test('from TLS and from any Readable by streams, with the reason', async () => {
  const { ours, peer } = await tls()
  const to = fresh()
  peer.end(content.subarray(0, 300_000))
  const report = await receiveFile(ours, to)
  expect(difference(to, content.subarray(0, 300_000))).toBeNull()
  expect(report.attempts.map(({ strategy, outcome, reason }) => [strategy, outcome, reason])).toEqual([
    ['splice', 'avoided', 'TLS socket'],
    ['read_write', 'avoided', 'TLS socket'],
    ['stream', 'finished', null],
  ])
  const other = await receiveFile(Readable.from([Buffer.from('a'), 'b', new Uint8Array([99])]), fresh())
  expect(other).toMatchObject({ strategy: 'stream', bytes: 3, cpuCopies: { count: null } })
})

describe.each([undefined, 'stream'] as const)('by %p', (strategy) => {
  async function refused(from: unknown, to: unknown, options?: ReceiveOptions): Promise<ZeroCopyError> {
    return receiveFile(from as Socket, to as string, { strategy, ...options }).then(
      () => {
        throw new Error('it was received')
      },
      (error) => error,
    )
  }
  const names = () => readdirSync(directory).length

  test('a new file has the mode asked for less the umask, an old one its own', async () => {
    for (const [mode, wanted] of [
      [undefined, 0o644],
      [0o600, 0o600],
    ] as const) {
      const { ours, peer } = await tcp()
      const to = fresh()
      peer.end('x')
      await receiveFile(ours, to, { strategy, mode })
      expect(statSync(to).mode & 0o777).toBe(wanted)
    }
    const { ours, peer } = await tcp()
    const to = fresh()
    writeFileSync(to, 'old', { mode: 0o640 })
    peer.end('new')
    expect(await receiveFile(ours, to, { strategy, mode: 0o777 })).toMatchObject({ atomic: true })
    expect(readFileSync(to, 'utf8')).toBe('new')
    expect(statSync(to).mode & 0o777).toBe(0o640)
  })

  test('in place, where atomic is false', async () => {
    const { ours, peer } = await tcp()
    const to = fresh()
    writeFileSync(to, 'an old and long one')
    const { ino } = statSync(to)
    peer.end('new')
    expect(await receiveFile(ours, to, { strategy, atomic: false })).toMatchObject({ atomic: false })
    expect(readFileSync(to, 'utf8')).toBe('new')
    expect(statSync(to).ino).toBe(ino)
  })

  test('a link stays, and its target is replaced', async () => {
    const { ours, peer } = await tcp()
    const [to, link] = [fresh(), fresh()]
    symlinkSync(to, link)
    peer.end('new')
    await receiveFile(ours, link, { strategy })
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(to, 'utf8')).toBe('new')
  })

  test('EEXIST, ENOENT, EISDIR take nothing from the socket', async () => {
    const { ours, peer } = await tcp()
    peer.write('everything')
    await bytesFrom(ours, 0)
    expect(await refused(ours, source, { overwrite: false })).toMatchObject({
      code: 'EEXIST',
      syscall: 'receivefile',
      dest: source,
    })
    expect(await refused(ours, '/nope/to')).toMatchObject({ code: 'ENOENT' })
    expect(await refused(ours, directory)).toMatchObject({ code: 'EISDIR' })
    expect(await refused(ours, '/dev/null', { atomic: true })).toMatchObject({
      code: 'ERR_ATOMIC_UNAVAILABLE',
    })
    expect(await refused(ours, fresh(), { strategy: 'mmap_write' })).toMatchObject({
      code: 'ERR_STRATEGY_UNAVAILABLE',
    })
    expect(ours.destroyed).toBe(false)
    peer.end()
    const to = fresh()
    await receiveFile(ours, to, { strategy })
    expect(readFileSync(to, 'utf8')).toBe('everything')
  })

  test('a stream that ends before the length: ERR_SOURCE_TRUNCATED, nothing left, the old file stays', async () => {
    const { ours, peer } = await tcp()
    const to = fresh()
    writeFileSync(to, 'old')
    const before = names()
    peer.end(content.subarray(0, 100))
    expect(await refused(ours, to, { length: 101 })).toMatchObject({ code: 'ERR_SOURCE_TRUNCATED', dest: to })
    expect(readFileSync(to, 'utf8')).toBe('old')
    expect(names()).toBe(before)
    expect(ours.destroyed).toBe(true)
  })

  test('more than maxBytes: ERR_SIZE_EXCEEDED, as much: fine', async () => {
    const pair = await tcp()
    pair.peer.end(content.subarray(0, 100_000))
    expect(await receiveFile(pair.ours, fresh(), { strategy, maxBytes: 100_000 })).toMatchObject({
      bytes: 100_000,
    })
    const { ours, peer } = await tcp()
    const [to, before] = [fresh(), names()]
    peer.write(content)
    expect(await refused(ours, to, { maxBytes: 100_000 })).toMatchObject({ code: 'ERR_SIZE_EXCEEDED' })
    expect(names()).toBe(before)
    expect(ours.destroyed).toBe(true)
  })

  test('with both, the length rules', async () => {
    const { ours, peer } = await tcp()
    peer.write('12345 and more')
    expect(await refused(ours, fresh(), { length: 5, maxBytes: 4 })).toMatchObject({
      code: 'ERR_SIZE_EXCEEDED',
    })
    expect(await receiveFile(ours, fresh(), { strategy, length: 5, maxBytes: 100 })).toMatchObject({
      bytes: 5,
    })
    expect((await bytesFrom(ours, 9)).toString()).toBe(' and more')
  })

  test('a full disk: ENOSPC, and the peer sees the end of it', async () => {
    const { ours, peer } = await tcp()
    peer.on('error', () => {})
    peer.write(content)
    expect(await refused(ours, '/dev/full')).toMatchObject({ code: 'ENOSPC', errno: -28, dest: '/dev/full' })
    expect(ours.destroyed).toBe(true)
  })

  test('hundreds of aborts at any moment leave no file and no descriptor', async () => {
    const [before, open] = [names(), descriptors().length]
    for (let n = 0; n < 150; n++) {
      const { ours, peer } = await (n % 2 ? tcp() : unix(directory))
      const controller = new AbortController()
      peer.on('error', () => {})
      if (n % 3) peer.write(content.subarray(0, 3_000_000))
      const to = join(directory, 'aborted')
      const received = refused(ours, to, { signal: controller.signal })
      for (let turns = (n * 7) % 20; turns > 0; turns--) await turn()
      controller.abort()
      expect(await received).toMatchObject({ name: 'AbortError' })
      expect(existsSync(to)).toBe(false)
      const both = [closing(ours), closing(peer)]
      ours.destroy()
      peer.destroy()
      await Promise.all(both)
    }
    expect(names()).toBe(before)
    expect(descriptors().length).toBe(open)
  })

  test('a socket destroyed meanwhile: ERR_SOCKET_CLOSED', async () => {
    const { ours, peer } = await tcp()
    peer.write(content.subarray(0, 1000))
    const [to, before] = [fresh(), names()]
    const received = refused(ours, to)
    for (let turns = 20; turns > 0; turns--) await turn()
    ours.destroy()
    expect(await received).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
    expect(names()).toBe(before)
  })

  test('somebody else who reads: ERR_SOCKET_BUSY', async () => {
    const { ours } = await tcp()
    for (const event of ['data', 'readable']) {
      ours.on(event, () => {})
      expect(await refused(ours, fresh())).toMatchObject({ code: 'ERR_SOCKET_BUSY' })
      ours.removeAllListeners(event)
    }
    ours.pipe(new PassThrough())
    expect(await refused(ours, fresh())).toMatchObject({ code: 'ERR_SOCKET_BUSY' })
    ours.unpipe()
    const controller = new AbortController()
    const first = refused(ours, fresh(), { signal: controller.signal })
    expect(await refused(ours, fresh())).toMatchObject({ code: 'ERR_SOCKET_BUSY' })
    controller.abort()
    await first
  })

  test('a socket that is closed: ERR_SOCKET_CLOSED, before the file is made', async () => {
    const { ours } = await tcp()
    ours.destroy()
    expect(await refused(ours, '/nope/to')).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
    expect(await refused(new Socket(), '/nope/to')).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
  })
})

test('the stack of an error leads to the caller', async () => {
  async function callerOfMine(): Promise<unknown> {
    try {
      return await receiveFile(new PassThrough(), '/nope/to')
    } catch (error) {
      return error
    }
  }
  expect(((await callerOfMine()) as Error).stack).toMatch(/\n {4}at (async )?callerOfMine /)
})

test('a reset is ECONNRESET, never a short file', async () => {
  mkdirSync(join(directory, 'reset'))
  for (let n = 0; n < 20; n++) {
    const { ours, peer } = await tcp()
    const received = receiveFile(ours, join(directory, 'reset', 'to')).catch((error) => error)
    peer.write(content.subarray(0, 50_000 * n))
    for (let turns = n; turns > 0; turns--) await turn()
    peer.resetAndDestroy()
    expect(await received).toMatchObject({ code: 'ECONNRESET', syscall: 'receivefile' })
    expect(readdirSync(join(directory, 'reset'))).toEqual([])
  }
})

test.each<[string, unknown, unknown, unknown, string]>([
  ['no source', undefined, 'to', {}, 'ERR_INVALID_ARG_TYPE'],
  ['a UDP socket', udp, 'to', {}, 'ERR_INVALID_ARG_TYPE'],
  ['a source with an encoding', new PassThrough().setEncoding('utf8'), 'to', {}, 'ERR_INVALID_ARG_VALUE'],
  ['a descriptor as destination', new PassThrough(), 1, {}, 'ERR_INVALID_ARG_TYPE'],
  ['maxBytes below 0', new PassThrough(), 'to', { maxBytes: -1 }, 'ERR_OUT_OF_RANGE'],
  ['a mode with more than permissions', new PassThrough(), 'to', { mode: 0o4755 }, 'ERR_OUT_OF_RANGE'],
  ['atomic that is a word', new PassThrough(), 'to', { atomic: 'maybe' }, 'ERR_INVALID_ARG_VALUE'],
  ['durable that is a word', new PassThrough(), 'to', { durable: 'auto' }, 'ERR_INVALID_ARG_TYPE'],
])('%s is a bad argument', async (_name, from, to, options, code) => {
  await expect(receiveFile(from as Socket, to as string, options as ReceiveOptions)).rejects.toMatchObject({
    code,
  })
})
