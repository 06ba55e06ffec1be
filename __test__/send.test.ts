import { closeSync, openSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { type SendOptions, type Strategy, sendFile } from '../index'
import { random } from './support/bytes'
import { scratch } from './support/place'
import { bytesFrom, cat, closeAll, drained, type Ends, tcp, unix, unlike } from './support/sockets'

jest.setTimeout(20_000)

const directory = scratch('send')
const SIZES = [0, 1, 4096, 300_000, 20 << 20] as const
const content = random(1, SIZES[4])
const fileOf = (size: number) => join(directory, `file-${size}`)
for (const size of SIZES) writeFileSync(fileOf(size), content.subarray(0, size))
afterEach(closeAll)

const TRANSPORTS: Record<string, () => Promise<Ends> | Ends> = {
  'a TCP socket': () => tcp(),
  'a UNIX socket': () => unix(directory),
  "a child's stdin": () => {
    const { stdin, stdout } = cat()
    return { ours: stdin, peer: stdout }
  },
}

describe.each(Object.entries(TRANSPORTS))('to %s', (_name, make) => {
  test.each(SIZES)('%i bytes go natively, and the socket stays open', async (size) => {
    const { ours, peer } = await make()
    ours.write('before')
    const got = bytesFrom(peer, size + 12)
    const report = await sendFile(ours, fileOf(size))
    expect(ours.destroyed || ours.writableEnded).toBe(false)
    ours.write('behind')
    const wanted = Buffer.concat([Buffer.from('before'), content.subarray(0, size), Buffer.from('behind')])
    expect(unlike(await got, wanted)).toBeNull()
    expect(report).toMatchObject({
      strategy: size === 0 ? null : 'sendfile',
      bytes: size,
      bytesShared: 0,
      bytesSkipped: 0,
      bufferSize: null,
      atomic: null,
      durable: null,
      notPreserved: [],
    })
    if (size > 0) expect(report.syscalls.sendfile).toBeGreaterThan(0)
  })

  test('a range, and the end of the stream', async () => {
    const { ours, peer } = await make()
    const got = drained(peer)
    const report = await sendFile(ours, fileOf(SIZES[4]), { offset: 1_000_001, length: 2_000_003, end: true })
    expect(ours.writableFinished).toBe(true)
    expect(unlike(await got, content.subarray(1_000_001, 3_000_004))).toBeNull()
    expect(report).toMatchObject({ strategy: 'sendfile', bytes: 2_000_003 })
  })

  test.each([
    ['sendfile', ['sendfile']],
    ['splice', ['splice']],
    ['read_write', ['read_write']],
    ['mmap_write', ['mmap_write']],
    ['stream', ['stream']],
    [['splice', 'stream'], ['splice']],
    [['stream', 'splice'], ['stream']],
    [
      ['reflink', 'read_write'],
      ['reflink', 'read_write'],
    ],
    [
      ['reflink', 'stream'],
      ['reflink', 'stream'],
    ],
  ] as [SendOptions['strategy'], Strategy[]][])('by %p: every byte', async (strategy, tried) => {
    const { ours, peer } = await make()
    const got = drained(peer)
    const report = await sendFile(ours, fileOf(300_000), { strategy, end: true })
    expect(unlike(await got, content.subarray(0, 300_000))).toBeNull()
    expect(report.attempts.map((each) => each.strategy)).toEqual(tried)
    expect(report).toMatchObject({ strategy: tried.at(-1), bytes: 300_000 })
  })
})

test.each<[string, () => Promise<unknown>]>([
  ['a path', async () => fileOf(300_000)],
  ['a Buffer', async () => Buffer.from(fileOf(300_000))],
  ['a URL', async () => new URL(`file://${fileOf(300_000)}`)],
  ['a descriptor', async () => openSync(fileOf(300_000), 'r')],
  ['a FileHandle', () => open(fileOf(300_000))],
])('from %s', async (_name, make) => {
  const source = (await make()) as string | number | FileHandle
  const { ours, peer } = await tcp()
  const got = drained(peer)
  await sendFile(ours, source, { end: true })
  expect(unlike(await got, content.subarray(0, 300_000))).toBeNull()
  if (typeof source === 'number') closeSync(source)
  else if (typeof source === 'object' && 'fd' in source) await source.close()
})

test.each([
  [undefined, 8 << 20],
  ['stream', 8 << 20],
  [undefined, 0],
  ['stream', 0],
] as const)(
  'a FileHandle may be closed once the call has returned (%p, after %d bytes)',
  async (strategy, before) => {
    const { ours, peer } = await tcp()
    const got = drained(peer)
    if (before > 0) ours.write(content.subarray(0, before))
    const handle = await open(fileOf(300_000))
    const sent = sendFile(ours, handle, { end: true, strategy })
    await handle.close()
    expect(await sent).toMatchObject({ bytes: 300_000 })
    expect(unlike((await got).subarray(before), content.subarray(0, 300_000))).toBeNull()
  },
)

test('what was written before leaves before, what is written meanwhile leaves after, the end too', async () => {
  const { ours, peer } = await tcp()
  const got = drained(peer)
  ours.write(content.subarray(0, 8 << 20))
  const sent = sendFile(ours, fileOf(20 << 20))
  ours.write('one')
  ours.cork()
  ours.write('two')
  ours.uncork()
  ours.end('three')
  expect(await sent).toMatchObject({ strategy: 'sendfile', bytes: 20 << 20 })
  const wanted = Buffer.concat([content.subarray(0, 8 << 20), content, Buffer.from('onetwothree')])
  expect(unlike(await got, wanted)).toBeNull()
})

test('many files one after the other, with writes between them', async () => {
  const { ours, peer } = await tcp()
  const got = drained(peer)
  const wanted: Buffer[] = []
  for (let n = 0; n < 200; n++) {
    const size = SIZES[n % 4] as number
    ours.write(`<${n}>`)
    const sent = sendFile(ours, fileOf(size))
    ours.write(`</${n}>`)
    await sent
    wanted.push(Buffer.from(`<${n}>`), content.subarray(0, size), Buffer.from(`</${n}>`))
  }
  ours.end()
  expect(unlike(await got, Buffer.concat(wanted))).toBeNull()
})

test('the other direction goes on meanwhile', async () => {
  const { ours, peer } = await tcp()
  const got = drained(peer)
  const back = drained(ours)
  peer.end(content.subarray(0, 5 << 20))
  await sendFile(ours, fileOf(20 << 20), { end: true })
  expect(unlike(await got, content)).toBeNull()
  expect(unlike(await back, content.subarray(0, 5 << 20))).toBeNull()
})

test('a peer that ends first gets the rest, without allowHalfOpen too', async () => {
  const { ours, peer } = await tcp({ allowHalfOpen: false })
  ours.resume()
  const sent = sendFile(ours, fileOf(20 << 20))
  const got = drained(peer)
  peer.end('nothing more to say')
  expect(await sent).toMatchObject({ bytes: 20 << 20 })
  expect(unlike(await got, content)).toBeNull()
})

test('progress is told, and ends with the whole', async () => {
  const { ours, peer } = await tcp()
  const seen: unknown[] = []
  const sent = sendFile(ours, fileOf(20 << 20), {
    onProgress: (each) => seen.push(each),
    progressIntervalMs: 0,
  })
  await bytesFrom(peer, 20 << 20)
  await sent
  expect(seen.at(-1)).toEqual({ bytes: 20 << 20, total: 20 << 20 })
})

test('a report says how many CPU copies, and how that is known', async () => {
  const { ours, peer } = await tcp()
  peer.resume()
  const { cpuCopies } = await sendFile(ours, fileOf(300_000))
  expect(cpuCopies).toEqual({ count: 0, basis: expect.stringMatching(/loopback/) })
  const streamed = await sendFile(ours, fileOf(300_000), { strategy: 'stream' })
  expect(streamed.cpuCopies.count).toBe(2)
  expect(streamed.syscalls).toEqual({ pread64: 1 })
})
