import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { createGzip, gunzipSync } from 'node:zlib'
import { sendFile } from '../index'
import { random } from './support/bytes'
import { saidIn } from './support/child'
import { scratch } from './support/place'
import { closeAll, drained, tcp, tls, unlike } from './support/sockets'

jest.setTimeout(30_000)

const directory = scratch('sockets-stream')
const content = random(5, 5 << 20)
const file = join(directory, 'file')
writeFileSync(file, content)
afterEach(closeAll)

test('a TLS socket gets encrypted bytes, in order with its writes, and the report says why', async () => {
  const { ours, peer } = await tls()
  const got = drained(peer)
  ours.write(content)
  const sent = sendFile(ours, file, { offset: 1, length: 5_000_000 })
  ours.write('one')
  ours.end('two')
  const report = await sent
  const wanted = Buffer.concat([content, content.subarray(1, 5_000_001), Buffer.from('onetwo')])
  expect(unlike(await got, wanted)).toBeNull()
  expect(report).toMatchObject({
    strategy: 'stream',
    bytes: 5_000_000,
    bufferSize: 1 << 20,
    cpuCopies: { count: null },
    atomic: null,
    durable: null,
  })
  expect(report.attempts).toEqual([
    { strategy: 'sendfile', bytes: 0, durationMs: 0, outcome: 'avoided', reason: 'TLS socket' },
    { strategy: 'read_write', bytes: 0, durationMs: 0, outcome: 'avoided', reason: 'TLS socket' },
    {
      strategy: 'stream',
      bytes: 5_000_000,
      durationMs: report.durationMs,
      outcome: 'finished',
      reason: null,
    },
  ])
  expect(`${report}`).toMatch(/^stream = \d\.\d{3} sec, .*\/s, CPU copies unknown$/)
})

test('a native strategy by name is an error for a TLS socket, and no plain byte is on the wire', async () => {
  const { ours, peer } = await tls()
  await expect(sendFile(ours, file, { strategy: 'sendfile' })).rejects.toMatchObject({
    code: 'ERR_STRATEGY_UNAVAILABLE',
    strategy: 'sendfile',
    attempts: [{ strategy: 'sendfile', outcome: 'avoided', reason: 'TLS socket' }],
  })
  const got = drained(peer)
  ours.end('still well')
  expect((await got).toString()).toBe('still well')
})

test('a Writable of any kind', async () => {
  const gzip = createGzip()
  const chunks: Buffer[] = []
  gzip.on('data', (chunk) => chunks.push(chunk))
  const report = await sendFile(gzip, file, { end: true })
  await new Promise((resolve) => (gzip.readableEnded ? resolve(null) : gzip.once('end', resolve)))
  expect(unlike(gunzipSync(Buffer.concat(chunks)), content)).toBeNull()
  expect(report.attempts[0]).toMatchObject({ outcome: 'avoided', reason: 'not a net.Socket' })
})

test('a slow Writable is not flooded', async () => {
  let most = 0
  const slow = new Writable({
    write: (chunk, _encoding, done) => {
      most = Math.max(most, slow.writableLength + chunk.length - chunk.length)
      setImmediate(done)
    },
  })
  await sendFile(slow, file, { bufferSize: 1000, length: 100_000 })
  expect(most).toBeLessThanOrEqual(1000)
})

test.each<[string, (socket: Socket) => void, RegExp]>([
  [
    'write',
    (socket) => Object.assign(socket, { write: socket.write.bind(socket) }),
    /socket\.write is not that of Node/,
  ],
  [
    '_write',
    (socket) => {
      const slots = socket as unknown as { _write: (...args: unknown[]) => void }
      Object.assign(slots, { _write: slots._write.bind(slots) })
    },
    /socket\._write is not that of Node/,
  ],
])('a socket whose %s somebody has replaced goes through it', async (_name, replace, reason) => {
  const { ours, peer } = await tcp()
  replace(ours)
  const got = drained(peer)
  const report = await sendFile(ours, file, { end: true })
  expect(unlike(await got, content)).toBeNull()
  expect(report).toMatchObject({
    strategy: 'stream',
    attempts: [{ reason: expect.stringMatching(reason) }, {}, {}],
  })
})

test('a subclass of net.Socket', async () => {
  const { ours, peer } = await tcp()
  class Proxied extends (ours.constructor as typeof Socket) {}
  Object.setPrototypeOf(ours, Proxied.prototype)
  const got = drained(peer)
  const { attempts } = await sendFile(ours, file, { end: true })
  expect(unlike(await got, content)).toBeNull()
  expect(attempts[0]?.reason).toBe('a Proxied is not a plain net.Socket')
})

test('ERR_SOCKET_CLOSED from a stream that is destroyed meanwhile', async () => {
  const stream = new PassThrough()
  const sent = sendFile(stream, file)
  setImmediate(() => stream.destroy())
  await expect(sent).rejects.toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
})

/** Sends, receives and relays in a process of its own, and says the reports. */
const ALL = `
  const [source, directory] = args
  const net = require('node:net')
  const { sendFile, receiveFile, relay } = require(${JSON.stringify(join(__dirname, '..'))})
  const pair = () => new Promise((resolve) => {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (peer) => {
      server.close()
      resolve([ours, peer])
    }).listen(0)
    const ours = net.connect({ port: server.address().port, allowHalfOpen: true })
  })
  const [[ours, a], [b, peer]] = [await pair(), await pair()]
  const relayed = relay(a, b)
  const received = receiveFile(peer, directory + '/to')
  say(await sendFile(ours, source, { end: true }))
  say(await received)
  peer.end()
  ours.resume()
  const { aToB, bToA } = await relayed
  say(aToB)
  say(bToA)
  say(fs.readFileSync(source).equals(fs.readFileSync(directory + '/to')))`

test.each(['0', '1'])('with ZERO_COPY_RS_NATIVE=%s every call works, and says how', async (native) => {
  const env = { ZERO_COPY_RS_NATIVE: native }
  const said = await saidIn<{ strategy: string; bytes: number; attempts: { reason: string }[] }>(ALL, {
    args: [file, directory],
    env,
  })
  const reports = said.slice(0, 4)
  expect(said[4]).toBe(true)
  expect(reports.map(({ bytes }) => bytes)).toEqual([content.length, content.length, content.length, 0])
  const strategies = reports.slice(0, 3).map(({ strategy }) => strategy)
  if (native === '1') return expect(strategies).toEqual(['sendfile', 'splice', 'splice'])
  expect(strategies).toEqual(['stream', 'stream', 'stream'])
  for (const { attempts } of reports) {
    expect(attempts[0]?.reason).toBe('no native binding: ZERO_COPY_RS_NATIVE=0 switches it off')
  }
})
