import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { type RelayOptions, type RelayReport, relay, type ZeroCopyError } from '../index'
import { random } from './support/bytes'
import { descriptors } from './support/descriptors'
import { turn } from './support/fifo'
import { scratch } from './support/place'
import { bytesFrom, closeAll, closing, drained, type Ends, tcp, tls, unix, unlike } from './support/sockets'

jest.setTimeout(20_000)

const directory = scratch('relay')
const content = random(4, 8 << 20)
const udp = createSocket('udp4')
afterAll(() => udp.close())
afterEach(closeAll)

type Make = () => Promise<Ends>
const PAIRS: [string, Make, Make, string][] = [
  ['TCP and TCP', tcp, tcp, 'splice'],
  ['TCP and UNIX', tcp, () => unix(directory), 'splice'],
  ['UNIX and UNIX', () => unix(directory), () => unix(directory), 'splice'],
  ['TLS and TCP', tls, tcp, 'stream'],
  ['UNIX and TLS', () => unix(directory), tls, 'stream'],
]

async function failed(relayed: Promise<RelayReport>): Promise<ZeroCopyError> {
  return relayed.then(
    () => {
      throw new Error('it was relayed')
    },
    (error) => error,
  )
}

/** Writes it in pieces of random sizes, with pauses of random lengths. */
async function dribble(socket: Socket, bytes: Buffer, seed: number): Promise<void> {
  const numbers = random(seed, 4096)
  for (let [at, n] = [0, 0]; at < bytes.length; n++) {
    const size = 1 + (numbers.readUInt16LE((2 * n) % 4096) % 40_000) * (n % 7)
    if (!socket.write(bytes.subarray(at, at + size))) await once(socket, 'drain')
    if (size % 3 === 0) await turn()
    at += size
  }
  socket.end()
}

describe.each(PAIRS)('between %s', (_name, makeA, makeB, strategy) => {
  async function both(): Promise<{ a: Socket; b: Socket; client: Socket; server: Socket }> {
    const [{ ours: a, peer: client }, { ours: b, peer: server }] = [await makeA(), await makeB()]
    return { a, b, client, server }
  }

  test('every byte, both ways at once, and each half-close', async () => {
    const { a, b, client, server } = await both()
    const relayed = relay(a, b)
    const [there, back] = [drained(server), drained(client)]
    void dribble(client, content.subarray(0, 5_000_000), 1)
    void dribble(server, content.subarray(1_000_000), 2)
    expect(unlike(await there, content.subarray(0, 5_000_000))).toBeNull()
    expect(unlike(await back, content.subarray(1_000_000))).toBeNull()
    const { aToB, bToA, totalMs } = await relayed
    expect(aToB).toMatchObject({ strategy, bytes: 5_000_000, atomic: null, durable: null })
    expect(bToA).toMatchObject({ strategy, bytes: content.length - 1_000_000 })
    expect(totalMs).toBeGreaterThan(0)
    if (strategy === 'splice') expect(aToB.syscalls.splice).toBeGreaterThan(0)
    else {
      const [attempt] = aToB.attempts
      expect(attempt).toMatchObject({ strategy: 'splice', outcome: 'avoided', reason: 'TLS socket' })
    }
    expect([a.destroyed, b.destroyed]).toEqual([true, true])
  })

  test('one direction goes on long after the other has ended', async () => {
    const { a, b, client, server } = await both()
    const relayed = relay(a, b)
    client.end('question')
    expect((await drained(server)).toString()).toBe('question')
    for (let n = 0; n < 10; n++) {
      server.write('answer')
      expect((await bytesFrom(client, 6)).toString()).toBe('answer')
    }
    server.end()
    const { aToB, bToA } = await relayed
    expect([aToB.bytes, bToA.bytes]).toEqual([8, 60])
  })

  test('what JavaScript has read goes first, and after what it has written', async () => {
    const { a, b, client, server } = await both()
    client.write(content.subarray(0, 300_000))
    expect(unlike(await bytesFrom(a, 10), content.subarray(0, 10))).toBeNull()
    b.write('before')
    while (a.readableLength === 0) await turn()
    const relayed = relay(a, b)
    client.end('last')
    server.end()
    const wanted = Buffer.concat([Buffer.from('before'), content.subarray(10, 300_000), Buffer.from('last')])
    expect(unlike(await drained(server), wanted)).toBeNull()
    expect((await relayed).aToB.bytes).toBe(299_994)
  })

  test('progress is told of both directions', async () => {
    const { a, b, client, server } = await both()
    const seen: unknown[] = []
    const relayed = relay(a, b, { onProgress: (each) => seen.push(each) })
    client.end(content.subarray(0, 1000))
    server.end(content.subarray(0, 2000))
    await Promise.all([drained(client), drained(server), relayed])
    expect(seen.at(-1)).toEqual({ aToB: 1000, bToA: 2000 })
  })

  test.each([false, true])('an abort destroys both, also after one direction has ended: %p', async (half) => {
    const { a, b, client, server } = await both()
    for (const each of [client, server]) each.on('error', () => {})
    const controller = new AbortController()
    const relayed = failed(relay(a, b, { signal: controller.signal }))
    if (half) {
      client.end('x')
      await drained(server)
    } else client.write('x')
    server.write('y')
    await bytesFrom(client, 1)
    controller.abort('enough')
    expect(await relayed).toMatchObject({ name: 'AbortError', cause: 'enough' })
    expect([a.destroyed, b.destroyed]).toEqual([true, true])
  })

  test.each([false, true])(
    'idle for too long: ETIMEDOUT, also after one direction has ended: %p',
    async (half) => {
      const { a, b, client, server } = await both()
      for (const each of [client, server]) each.on('error', () => {})
      const relayed = failed(relay(a, b, { idleTimeoutMs: 100 }))
      if (half) {
        client.end('x')
        await drained(server)
      }
      expect(await relayed).toMatchObject({
        name: 'ZeroCopyError',
        code: 'ETIMEDOUT',
        errno: -110,
        syscall: 'relay',
      })
      expect([a.destroyed, b.destroyed]).toEqual([true, true])
    },
  )

  test('a socket destroyed meanwhile: ERR_SOCKET_CLOSED, and the other goes too', async () => {
    const { a, b, client, server } = await both()
    for (const each of [client, server]) each.on('error', () => {})
    const relayed = failed(relay(a, b))
    client.write('x')
    await bytesFrom(server, 1)
    b.destroy()
    expect(await relayed).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
    expect(a.destroyed).toBe(true)
  })

  test('dozens of aborts at any moment leave nothing open', async () => {
    const before = descriptors().length
    for (let n = 0; n < 40; n++) {
      const { a, b, client, server } = await both()
      const controller = new AbortController()
      for (const each of [client, server]) each.on('error', () => {})
      if (n % 2) client.write(content.subarray(0, 1_000_000))
      if (n % 3) server.write(content.subarray(0, 1_000_000))
      if (n % 5) client.resume()
      const relayed = failed(relay(a, b, { signal: controller.signal }))
      for (let turns = (n * 7) % 20; turns > 0; turns--) await turn()
      controller.abort()
      expect(await relayed).toMatchObject({ name: 'AbortError' })
      const all = [a, b, client, server]
      const closed = all.map(closing)
      for (const each of all) each.destroy()
      await Promise.all(closed)
    }
    expect(descriptors().length).toBe(before)
  })
})

test('a reset of one peer ends both, and is the error', async () => {
  const [{ ours: a, peer: client }, { ours: b, peer: server }] = [await tcp(), await tcp()]
  server.on('error', () => {})
  const relayed = failed(relay(a, b))
  client.write(content)
  await bytesFrom(server, 1)
  client.resetAndDestroy()
  server.resume()
  const { code } = await relayed
  expect(['ECONNRESET', 'EPIPE']).toContain(code)
  expect(b.destroyed).toBe(true)
})

test('200 relays at once, with random half-closes', async () => {
  const all = Array.from({ length: 200 }, async (_, n) => {
    const [{ ours: a, peer: client }, { ours: b, peer: server }] = [
      await unix(directory),
      await unix(directory),
    ]
    const relayed = relay(a, b)
    const [x, y] = [content.subarray(n * 100, n * 700), content.subarray(n * 500, n * 600)]
    const ends = [drained(server), drained(client)]
    void dribble(client, x, n + 1)
    void dribble(server, y, n + 2)
    const [there, back] = (await Promise.all(ends)) as [Buffer, Buffer]
    expect(unlike(there, x)).toBeNull()
    expect(unlike(back, y)).toBeNull()
    const { aToB, bToA } = await relayed
    expect([aToB.bytes, bToA.bytes]).toEqual([x.length, y.length])
  })
  await Promise.all(all)
})

/** For the runner's second user, too: pipes are scarce for a plain one. */
test('200 relays whose receivers do not read leave room for another, and lose nothing', async () => {
  const bytes = content.subarray(0, 700_000)
  const make = async () => {
    const [{ ours: a, peer: client }, { ours: b, peer: server }] = [
      await unix(directory),
      await unix(directory),
    ]
    for (const peer of [client, server]) peer.end(bytes)
    return { client, server, relayed: relay(a, b) }
  }
  const all = await Promise.all(Array.from({ length: 200 }, make))
  const queued = () =>
    all.reduce((sum, { client, server }) => sum + client.writableLength + server.writableLength, 0)
  for (let [before, same] = [-1, 0]; same < 200; await turn()) {
    const now = queued()
    same = now === before ? same + 1 : 0
    before = now
  }
  expect(queued()).toBeGreaterThan(0)
  const [{ ours: a, peer: client }, { ours: b, peer: server }] = [await tcp(), await tcp()]
  const relayed = relay(a, b)
  const got = drained(server)
  void dribble(client, content.subarray(0, 2_000_000), 3)
  server.end()
  expect(unlike(await got, content.subarray(0, 2_000_000))).toBeNull()
  expect((await relayed).aToB.strategy).toBe('splice')
  const ends = all.map(async ({ client, server, relayed }) => {
    const [there, back, { aToB, bToA }] = await Promise.all([drained(server), drained(client), relayed])
    return [unlike(there, bytes), unlike(back, bytes), aToB.strategy, bToA.bytes]
  })
  for (const end of await Promise.all(ends)) expect(end).toEqual([null, null, 'splice', bytes.length])
})

test('sockets that are not free are ERR_SOCKET_BUSY, closed ones ERR_SOCKET_CLOSED, and the others stay', async () => {
  const [{ ours: a }, { ours: b }] = [await tcp(), await tcp()]
  a.on('data', () => {})
  expect(await failed(relay(a, b))).toMatchObject({ code: 'ERR_SOCKET_BUSY' })
  a.removeAllListeners('data')
  expect(await failed(relay(new Socket(), b))).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
  a.end()
  expect(await failed(relay(b, a))).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
  const controller = new AbortController()
  const { ours: c } = await tcp()
  const first = failed(relay(b, c, { signal: controller.signal }))
  const { ours: d } = await tcp()
  expect(await failed(relay(d, c))).toMatchObject({ code: 'ERR_SOCKET_BUSY' })
  expect([b.destroyed, c.destroyed, d.destroyed]).toEqual([false, false, false])
  controller.abort()
  await first
})

test.each<[string, unknown, unknown, unknown, string]>([
  ['a stream that is no socket', new PassThrough(), new Socket(), {}, 'ERR_INVALID_ARG_TYPE'],
  ['a UDP socket', new Socket(), udp, {}, 'ERR_INVALID_ARG_TYPE'],
  ['no idle time', new Socket(), new Socket(), { idleTimeoutMs: 0 }, 'ERR_OUT_OF_RANGE'],
  ['no buffer', new Socket(), new Socket(), { bufferSize: 0 }, 'ERR_OUT_OF_RANGE'],
])('%s is a bad argument', async (_name, a, b, options, code) => {
  expect(await failed(relay(a as Socket, b as Socket, options as RelayOptions))).toMatchObject({ code })
})

test('a socket with itself is a bad argument', async () => {
  const { ours } = await tcp()
  expect(await failed(relay(ours, ours))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
})
