import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TransferReport } from '../index'
import { all, connected, endOf, hasWritten, saidError, startReceive, withoutListening } from './cli-peers'
import { startOnTerminal, startProgram } from './cli-program'
import { random } from './support/bytes'
import { scratch } from './support/place'

const dir = scratch('cli-receive')
const at = (name: string) => join(dir, name)
const SIZE = 3_000_001
const bytes = random(1, SIZE)
const OLD = Buffer.from('the old file')
const DEFAULT = 'destinaion_file'

beforeEach(() => writeFileSync(at('old'), OLD))
afterEach(() => {
  for (const name of readdirSync(dir)) rmSync(at(name), { recursive: true })
})

/** Sends `sent` and ends the stream; answers how `receive` took it. */
async function received(sent: Buffer, ...args: string[]) {
  const { running, port } = await startReceive(args, dir)
  const ended = running.ended()
  const socket = await connected(port)
  const peerSaw = endOf(socket)
  socket.end(sent)
  const { status, stdout, stderr } = await ended
  return { status, stdout, stderr: withoutListening(stderr), peerSaw: await peerSaw }
}

async function reportOf(
  sent: Buffer,
  ...args: string[]
): Promise<TransferReport & { file: string; from: string }> {
  const { status, stdout, stderr } = await received(sent, '--json', ...args)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('receives', () => {
  test('one connection into ./destinaion_file, and says so as the original does', async () => {
    const { status, stdout, stderr, peerSaw } = await received(bytes)
    expect({ status, stderr, peerSaw }).toEqual({ status: 0, stderr: '', peerSaw: null })
    expect(stdout).toMatch(
      /^\S+ = \d+\.\d{3} sec\nfile +\.\/destinaion_file\nfrom +127\.0\.0\.1:\d+\nbytes +3000001 /,
    )
    expect(stdout).toMatch(/\nCPU copies +\d: /)
    expect(readFileSync(at(DEFAULT)).equals(bytes)).toBe(true)
    expect(readdirSync(dir).sort()).toEqual([DEFAULT, 'old'])
  })

  test.each<[string[], string, number | null]>([
    [['-b', '128'], 'read_write', 128],
    [['-m', '1'], 'read_write', 64],
    [['-m', 'read_write', '-b', '4K'], 'read_write', 4096],
    [['-m', 'splice'], 'splice', null],
  ])('with %j', async (args, strategy, bufferSize) => {
    const sent = bytes.subarray(0, 300_001)
    const report = await reportOf(sent, '-o', 'old', ...args)
    expect(report).toMatchObject({ strategy, bufferSize, bytes: sent.length, file: 'old', atomic: true })
    expect(report.from).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(readFileSync(at('old')).equals(sent)).toBe(true)
  })

  test('in place, or onto the disk, where that is asked for', async () => {
    const inode = () => statSync(at('old')).ino
    const before = inode()
    expect(await reportOf(bytes, '-o', 'old', '--atomic', 'never', '--durable')).toMatchObject({
      atomic: false,
      durable: true,
    })
    expect(inode()).toBe(before)
    expect(await reportOf(bytes, '-o', 'old', '--atomic', 'always')).toMatchObject({
      atomic: true,
      durable: false,
    })
    expect(inode()).not.toBe(before)
    expect(readFileSync(at('old')).equals(bytes)).toBe(true)
  })

  test('over IPv6', async () => {
    const { running, port } = await startReceive(['-H', '::1'], dir)
    const ended = running.ended()
    const socket = await connected(port, '::1')
    socket.end(bytes)
    const { status, stdout, stderr } = await ended
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `zero-copy-rs: listening on [::1]:${port}, for ./destinaion_file\n`,
    })
    expect(stdout).toMatch(/\nfrom +\[::1\]:\d+\n/)
    expect(readFileSync(at(DEFAULT)).equals(bytes)).toBe(true)
  })

  test('without a binding, through streams', async () => {
    const place = { cwd: dir, env: { ZERO_COPY_RS_NATIVE: '0' } }
    const running = startProgram(['receive', '-p', '0', '--expect-bytes', `${SIZE}`, '--json'], place)
    const ended = running.ended()
    const [, port] = await saidError(running, /:(\d+), for/)
    ;(await connected(port as string)).end(bytes)
    const { status, stdout } = await ended
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ strategy: 'stream', bytes: SIZE })
    expect(readFileSync(at(DEFAULT)).equals(bytes)).toBe(true)
  })

  test('a buffer that the strategy does not have is a warning', async () => {
    const { status, stderr } = await received(bytes, '-m', 'splice', '-b', '4K')
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'zero-copy-rs: splice has no buffer: -b 4096 changed nothing\n',
    })
  })

  test('with a bar on a terminal, which is gone at the end', async () => {
    const line = 'stty cols 100; "$node" "$program" receive -p 0 --expect-bytes 3000001 >receipt'
    const receive = startOnTerminal(line, { cwd: dir })
    const ended = receive.ended()
    const port = await new Promise<string>((resolve) => {
      receive.child.stdout?.on('data', () => {
        const [, found] = /:(\d+), for/.exec(receive.stdout) ?? []
        if (found !== undefined) resolve(found)
      })
    })
    const socket = await connected(port)
    socket.write(bytes.subarray(0, 1000))
    await new Promise<void>((resolve) => {
      receive.child.stdout?.on('data', () => /1\.0 kB of 3\.0 MB/.test(receive.stdout) && resolve())
    })
    socket.end(bytes.subarray(1000))
    const { status, stdout } = await ended
    expect(status).toBe(0)
    expect(stdout.endsWith('\x1b[2K')).toBe(true)
    expect(readFileSync(at('receipt'), 'utf8')).toMatch(/ = \d+\.\d{3} sec\n/)
  })
})

describe('--expect-bytes', () => {
  test('of what comes is a success', async () => {
    expect(await reportOf(bytes, '--expect-bytes', '3000001', '--max-bytes', '3000001')).toMatchObject({
      bytes: SIZE,
    })
    expect(readFileSync(at(DEFAULT)).equals(bytes)).toBe(true)
  })

  test('0 takes a connection without a byte for an empty file', async () => {
    expect(await reportOf(Buffer.alloc(0), '--expect-bytes', '0', '-o', 'old')).toMatchObject({ bytes: 0 })
    expect(readFileSync(at('old'))).toHaveLength(0)
  })

  test('does not need the peer to wait: a byte too much is seen after the last', async () => {
    const { running, port } = await startReceive(['-o', 'old', '--expect-bytes', '10'], dir)
    const ended = running.ended()
    const socket = await connected(port)
    socket.on('error', () => {})
    socket.write('0123456789')
    await hasWritten(running, dir)
    socket.write('0')
    expect(await ended).toMatchObject({ status: 1 })
  })
})

describe('who may connect', () => {
  test.each(['0.0.0.0', '::'])('is everybody with -H %s, which it says', async (host) => {
    const { running, port } = await startReceive(['-H', host, '-o', 'new'], dir)
    const ended = running.ended()
    ;(await connected(port)).end('x')
    const { status, stderr } = await ended
    const where = host === '::' ? `[::]:${port}` : `${host}:${port}`
    expect(status).toBe(0)
    expect(withoutListening(stderr)).toBe(`zero-copy-rs: anybody who reaches ${where} can write new\n`)
  })

  test('is nobody after the first', async () => {
    const { running, port } = await startReceive([], dir)
    const ended = running.ended()
    const first = await connected(port)
    first.write('first')
    await hasWritten(running, dir)
    await expect(connected(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    first.end()
    expect(await ended).toMatchObject({ status: 0 })
    expect(readFileSync(at(DEFAULT), 'utf8')).toBe('first')
  })
})

test('--quiet says nothing while it waits', async () => {
  const running = startProgram(['receive', '-p', '0', '--quiet', '--timeout', '0.05'], { cwd: dir })
  const [status] = await once(running.child, 'close')
  expect(status).toBe(1)
  expect(running.stderr).toMatch(/^zero-copy-rs: ETIMEDOUT: [^\n]*\n$/)
})

test('the peer may end its side first and still read: it sees an orderly end', async () => {
  const { running, port } = await startReceive([], dir)
  const ended = running.ended()
  const socket = await connected(port)
  socket.end('all of it')
  expect(await all(socket)).toHaveLength(0)
  expect(await ended).toMatchObject({ status: 0 })
})
