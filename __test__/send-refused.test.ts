// over 300 lines: every way that a send is refused or ends early, a short test each
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { appendFileSync, existsSync, ftruncateSync, openSync, truncateSync, writeFileSync } from 'node:fs'
import { ServerResponse } from 'node:http'
import { connect, Socket } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { receiveFile, type SendOptions, sendFile, type ZeroCopyError } from '../index'
import { random } from './support/bytes'
import { descriptors } from './support/descriptors'
import { turn } from './support/fifo'
import { scratch } from './support/place'
import { bytesFrom, closeAll, closing, drained, tcp, unix, unlike } from './support/sockets'

jest.setTimeout(20_000)

const directory = scratch('send-refused')
const SIZE = 20 << 20
const content = random(2, SIZE)
const file = join(directory, 'file')
writeFileSync(file, content)
const udp = createSocket('udp4')
afterAll(() => udp.close())
afterEach(closeAll)

/** What a send rejects with. */
async function refused(
  target: unknown,
  source: unknown,
  options?: SendOptions,
): Promise<Partial<ZeroCopyError>> {
  const sent = sendFile(target as Socket, source as string, options)
  return sent.then(
    () => {
      throw new Error('it was sent')
    },
    (error) => error,
  )
}

describe('ERR_SOCKET_CLOSED, before the file is opened:', () => {
  const closed = { name: 'ZeroCopyError', code: 'ERR_SOCKET_CLOSED', bytes: 0, attempts: [], path: '/nope' }

  test('a socket never connected', async () => {
    expect(await refused(new Socket(), '/nope')).toMatchObject(closed)
  })

  test('a socket that is destroyed', async () => {
    const { ours } = await tcp()
    ours.destroy()
    expect(await refused(ours, '/nope')).toMatchObject(closed)
  })

  test('a socket that is ending, and one that has ended', async () => {
    const { ours } = await tcp()
    ours.end('bye')
    expect(await refused(ours, '/nope')).toMatchObject(closed)
    await once(ours, 'finish')
    expect(await refused(ours, '/nope')).toMatchObject(closed)
  })

  test('a stream that has ended', async () => {
    const stream = new PassThrough()
    stream.end()
    expect(await refused(stream, '/nope')).toMatchObject(closed)
  })
})

test('a socket that is connecting is waited for', async () => {
  const { peer } = await tcp()
  const server = await import('node:net').then(({ createServer }) => createServer().listen(0))
  const arrived = once(server, 'connection')
  const socket = connect((server.address() as { port: number }).port)
  const sent = sendFile(socket, file, { end: true })
  const [accepted] = (await arrived) as [Socket]
  expect(unlike(await drained(accepted), content)).toBeNull()
  expect(await sent).toMatchObject({ strategy: 'sendfile' })
  server.close()
  accepted.destroy()
  socket.destroy()
  peer.destroy()
})

test('a connection that fails is its error, without a listener for it too', async () => {
  expect(await refused(connect(1, '127.0.0.1'), file)).toMatchObject({
    code: 'ECONNREFUSED',
    errno: expect.any(Number),
    syscall: 'sendfile',
    call: 'connect',
  })
})

test('ERR_SOCKET_BUSY: a second send while one is under way, and not afterwards', async () => {
  const { ours, peer } = await tcp()
  const sent = sendFile(ours, file)
  expect(await refused(ours, file)).toMatchObject({ name: 'ZeroCopyError', code: 'ERR_SOCKET_BUSY' })
  expect(unlike(await bytesFrom(peer, SIZE), content)).toBeNull()
  await sent
  const again = sendFile(ours, file, { length: 10 })
  expect(unlike(await bytesFrom(peer, 10), content.subarray(0, 10))).toBeNull()
  await again
})

test.each([undefined, 'stream'] as const)(
  'what is wrong with the file leaves the socket as it was (%p)',
  async (strategy) => {
    const { ours, peer } = await tcp()
    const got = drained(peer)
    expect(await refused(ours, '/nope', { strategy })).toMatchObject({
      code: 'ENOENT',
      errno: -2,
      syscall: 'sendfile',
      path: '/nope',
      message: "ENOENT: no such file or directory, sendfile '/nope'",
    })
    expect(await refused(ours, directory, { strategy })).toMatchObject({ code: 'EISDIR' })
    expect(await refused(ours, 1023, { strategy })).toMatchObject({ code: 'EBADF' })
    for (const range of [{ offset: SIZE + 1 }, { length: SIZE + 1 }, { offset: 1, length: SIZE }]) {
      const error = await refused(ours, file, { ...range, strategy })
      expect(error).toBeInstanceOf(RangeError)
      expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE', bytes: 0 })
    }
    expect(await refused(ours, '/dev/zero', { strategy })).toMatchObject({ code: 'EINVAL' })
    await sendFile(ours, '/dev/zero', { strategy, length: 10 })
    await sendFile(ours, '/dev/null', { strategy })
    await sendFile(ours, '/proc/self/status', { strategy })
    ours.end('still there')
    const all = await got
    expect(all.subarray(0, 10).equals(Buffer.alloc(10))).toBe(true)
    expect(all.subarray(10).toString()).toMatch(/^Name:.*still there$/s)
  },
)

test('a strategy that sends to no socket is ERR_STRATEGY_UNAVAILABLE, and the socket is as it was', async () => {
  const { ours, peer } = await tcp()
  expect(await refused(ours, file, { strategy: 'copy_file_range' })).toMatchObject({
    code: 'ERR_STRATEGY_UNAVAILABLE',
    strategy: 'copy_file_range',
    bytes: 0,
  })
  const got = drained(peer)
  ours.end('still there')
  expect((await got).toString()).toBe('still there')
})

test.each<[string, unknown, unknown, unknown, string]>([
  ['no target', null, file, {}, 'ERR_INVALID_ARG_TYPE'],
  ['a number as target', 1, file, {}, 'ERR_INVALID_ARG_TYPE'],
  ['a UDP socket', udp, file, {}, 'ERR_INVALID_ARG_TYPE'],
  ['a ServerResponse', new ServerResponse({ method: 'GET' } as never), file, {}, 'ERR_INVALID_ARG_VALUE'],
  ['no source', new PassThrough(), undefined, {}, 'ERR_INVALID_ARG_TYPE'],
  ['a source with a NUL', new PassThrough(), 'a\0', {}, 'ERR_INVALID_ARG_VALUE'],
  ['an offset below 0', new PassThrough(), file, { offset: -1 }, 'ERR_OUT_OF_RANGE'],
  ['no such strategy', new PassThrough(), file, { strategy: 'fast' }, 'ERR_INVALID_ARG_VALUE'],
  ['end that is no boolean', new PassThrough(), file, { end: 1 }, 'ERR_INVALID_ARG_TYPE'],
  ['options that are a number', new PassThrough(), file, 1, 'ERR_INVALID_ARG_TYPE'],
  ['no thread', new PassThrough(), file, { threads: 0 }, 'ERR_OUT_OF_RANGE'],
])('%s is a bad argument', async (_name, target, source, options, code) => {
  const error = await refused(target, source, options as SendOptions)
  expect(error).toBeInstanceOf(code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError)
  expect(error).toMatchObject({ code })
  expect(error.stack).toMatch(/send-refused\.test/)
})

describe.each([undefined, 'read_write', 'stream'] as const)('by %p', (strategy) => {
  /** Begun: the peer has got something, and reads no more. */
  async function begun(options: SendOptions = {}, path = file) {
    const { ours, peer } = await tcp()
    const ended = closing(ours)
    const sent = refused(ours, path, { strategy, bufferSize: 65_536, ...options })
    await bytesFrom(peer, 1)
    return { ours, peer, sent, ended }
  }

  test('a peer that resets: ECONNRESET or EPIPE, and the socket is gone', async () => {
    const { peer, sent, ended } = await begun()
    peer.resetAndDestroy()
    const error = await sent
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code)
    expect(error).toMatchObject({ name: 'ZeroCopyError', syscall: 'sendfile', path: file })
    expect(error.bytes).toBeLessThan(SIZE)
    expect(error.stack).toMatch(/send-refused\.test/)
    expect(await ended).toMatch(/ECONNRESET|EPIPE/)
  })

  test('a socket destroyed meanwhile: ERR_SOCKET_CLOSED', async () => {
    const { ours, sent } = await begun()
    ours.destroy()
    expect(await sent).toMatchObject({ code: 'ERR_SOCKET_CLOSED', attempts: [{ outcome: 'failed' }] })
  })

  test('a socket destroyed with an error of the system: that', async () => {
    const { ours, sent } = await begun()
    const error = Object.assign(new Error('pulled'), { code: 'ENETDOWN', errno: -100, syscall: 'read' })
    ours.destroy(error)
    expect(await sent).toMatchObject({ code: 'ENETDOWN', errno: -100 })
  })

  test("an abort, with what was sent so far; the socket is the caller's", async () => {
    const controller = new AbortController()
    const { ours, peer, sent } = await begun({ signal: controller.signal })
    controller.abort(new Error('enough'))
    const error = await sent
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: { message: 'enough' } })
    expect(error.bytes).toBeLessThan(SIZE)
    expect(ours.destroyed).toBe(false)
    peer.destroy()
  })

  test('an abort whose caller closes the socket at once is an abort', async () => {
    for (let n = 0; n < 20; n++) {
      const controller = new AbortController()
      const { ours, sent } = await begun({ signal: controller.signal })
      controller.abort()
      ours.destroy()
      expect(await sent).toMatchObject({ name: 'AbortError' })
    }
  })

  test('onProgress that throws: that', async () => {
    const thrown = new Error('mine')
    const onProgress = () => {
      throw thrown
    }
    // it may throw before the peer has seen a byte
    const { ours } = await tcp()
    expect(await refused(ours, file, { strategy, onProgress, progressIntervalMs: 0 })).toBe(thrown)
  })

  test('a source that shrinks: ERR_SOURCE_TRUNCATED, and the peer sees a reset', async () => {
    const path = join(directory, `shrinks-${strategy}`)
    writeFileSync(path, content)
    const { peer, sent, ended } = await begun({}, path)
    truncateSync(path, 100_000)
    // Node's own reading may take a reset for the end (libuv, a partial read with POLLHUP)
    const gone = receiveFile(peer, join(directory, 'cut')).catch((error) => error)
    const error = await sent
    expect(error).toMatchObject({ code: 'ERR_SOURCE_TRUNCATED', path })
    expect(error.bytes).toBeLessThan(SIZE)
    expect(await ended).toBe('ERR_SOURCE_TRUNCATED')
    expect(await gone).toMatchObject({ code: 'ECONNRESET' })
    expect(existsSync(join(directory, 'cut'))).toBe(false)
  })

  test('a source that grows: as much as there was', async () => {
    const path = join(directory, `grows-${strategy}`)
    writeFileSync(path, content)
    const { ours, peer } = await tcp()
    const sent = sendFile(ours, path, { strategy, end: true })
    const first = await bytesFrom(peer, 1)
    appendFileSync(path, 'more')
    const rest = await drained(peer)
    expect(unlike(Buffer.concat([first, rest]), content)).toBeNull()
    expect(await sent).toMatchObject({ bytes: SIZE })
  })

  test('a timeout sees progress, and a peer that stalls', async () => {
    const { ours, peer } = await unix(directory)
    let stalled = false
    const timedOut = new Promise<boolean>((resolve) => {
      ours.setTimeout(300, () => {
        resolve(stalled)
        ours.destroy()
      })
    })
    const sent = refused(ours, file, { strategy })
    // three times as long as the timeout, in small steps
    for (const end = performance.now() + 900; performance.now() < end; ) {
      await bytesFrom(peer, 100_000)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    stalled = true
    expect(await timedOut).toBe(true)
    expect(await sent).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
  })

  test('hundreds of aborts at any moment leave nothing open', async () => {
    const before = descriptors().length
    for (let n = 0; n < 150; n++) {
      const { ours, peer } = await (n % 2 ? tcp() : unix(directory))
      const controller = new AbortController()
      if (n % 3 === 0) peer.resume()
      if (n % 5 === 0) ours.write(content)
      const sent = sendFile(ours, file, { strategy, signal: controller.signal }).catch((error) => error)
      for (let turns = (n * 7) % 20; turns > 0; turns--) await turn()
      controller.abort()
      const result = await sent
      if (result instanceof Error) expect(result).toMatchObject({ name: 'AbortError' })
      else expect(result).toMatchObject({ bytes: SIZE })
      await Promise.all(
        [ours, peer].map((socket) => {
          const closed = closing(socket)
          socket.destroy()
          return closed
        }),
      )
    }
    expect(descriptors().length).toBe(before)
  })
})

test('a signal that is aborted already touches nothing', async () => {
  const { ours } = await tcp()
  expect(await refused(ours, '/nope', { signal: AbortSignal.abort() })).toMatchObject({
    name: 'AbortError',
    bytes: 0,
  })
  expect(await refused(new Socket(), '/nope', { signal: AbortSignal.abort() })).toMatchObject({
    name: 'AbortError',
  })
})

test('an abort while it waits for what was written before', async () => {
  const { ours, peer } = await tcp()
  ours.write(content)
  const controller = new AbortController()
  const sent = refused(ours, file, { signal: controller.signal })
  controller.abort()
  expect(await sent).toMatchObject({ name: 'AbortError', bytes: 0 })
  const got = bytesFrom(peer, SIZE + 10)
  await sendFile(ours, file, { length: 10 })
  expect(unlike(await got, Buffer.concat([content, content.subarray(0, 10)]))).toBeNull()
})

test('a descriptor that was truncated before is a shorter file', async () => {
  const fd = openSync(join(directory, 'short'), 'w+')
  ftruncateSync(fd, 5)
  const { ours, peer } = await tcp()
  const got = drained(peer)
  await sendFile(ours, fd, { end: true })
  expect((await got).length).toBe(5)
})

test("a stream that fails rejects with its author's own error", async () => {
  const own = new Error('full')
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(own) })
  expect(await refused(stream, file)).toBe(own)
})
