import { once } from 'node:events'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TransferReport } from '../index'
import { all, compiled, Listener, startReceive, withoutListening } from './cli-peers'
import { type Ended, runProgram, runShell, start, startOnTerminal } from './cli-program'
import { random } from './support/bytes'
import { scratch } from './support/place'

const dir = scratch('cli-send')
const at = (name: string) => join(dir, name)
const SIZE = 1_000_003
const bytes = random(1, SIZE)
/** More than the buffers of two sockets hold. */
const HUGE = 256 * 1024 ** 2

beforeAll(() => {
  writeFileSync(at('a'), bytes)
  writeFileSync(at('empty'), '')
  writeFileSync(at('huge'), '')
  truncateSync(at('huge'), HUGE)
})
afterEach(() => rmSync(at('b'), { force: true }))

const run = (...args: string[]) => runProgram(['send', ...args], { cwd: dir })

/** Sends to a peer of Node's. */
async function sent(...args: string[]): Promise<Ended & { port: string; got: Buffer }> {
  const { port, received } = await listener()
  // One that fails may never have connected.
  received.catch(() => {})
  const ended = await run('-p', port, ...args)
  const got = ended.status === 0 ? await received : Buffer.alloc(0)
  return { ...ended, port, got }
}

async function listener(host?: string) {
  const each = await Listener.on(host)
  return { ...each, port: each.port, received: each.received() }
}

async function reportOf(...args: string[]): Promise<TransferReport & { to: string }> {
  const { status, stdout, stderr, got } = await sent('--json', ...args)
  expect({ status, stderr, whole: got.equals(bytes) }).toEqual({ status: 0, stderr: '', whole: true })
  return JSON.parse(stdout)
}

/** The ways that can write a socket, as they are named, and called in the original's line. */
const WAYS = [
  ['1', 'read/write', 'read_write', 64],
  ['2', 'mmap/write', 'mmap_write', 64],
  ['3', 'sendfile', 'sendfile', null],
  ['read_write', 'read/write', 'read_write', expect.any(Number)],
  ['mmap_write', 'mmap/write', 'mmap_write', expect.any(Number)],
  ['sendfile', 'sendfile', 'sendfile', null],
  ['splice', 'splice', 'splice', null],
] as const

describe('sends', () => {
  test.each(WAYS)(
    'with -m %s, and says so as the original does',
    async (mode, label, strategy, bufferSize) => {
      const { status, stdout, stderr, got, port } = await sent('a', '-m', mode)
      expect({ status, stderr, whole: got.equals(bytes) }).toEqual({ status: 0, stderr: '', whole: true })
      expect(stdout).toMatch(
        new RegExp(`^${label} = \\d+\\.\\d{3} sec\nto +127\\.0\\.0\\.1:${port}\nbytes +1000003 `),
      )
      expect(stdout).toMatch(/\nCPU copies +\d: .*\n/)
      expect(await reportOf('a', '-m', mode)).toMatchObject({
        strategy,
        bytes: SIZE,
        bufferSize,
        atomic: null,
      })
    },
  )

  test('by the best way where none is named', async () => {
    const report = await reportOf('a')
    expect(report.strategy).toBe('sendfile')
    expect(report.to).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  test('with a buffer of that size', async () => {
    const { bufferSize, syscalls } = await reportOf('a', '-m', 'read_write', '-b', '4K')
    expect({ bufferSize, reads: syscalls.pread64 }).toEqual({ bufferSize: 4096, reads: expect.any(Number) })
    expect(syscalls.pread64).toBeGreaterThanOrEqual(Math.ceil(SIZE / 4096))
  })

  test.each([
    ['::1', '::1', '[::1]'],
    ['[::1]', '::1', '[::1]'],
    ['localhost', '127.0.0.1', 'localhost'],
  ])('to -i %s', async (ip, host, named) => {
    const { port, received } = await listener(host)
    const [{ status, stdout }, got] = await Promise.all([run('a', '-i', ip, '-p', port), received])
    expect({ status, whole: got.equals(bytes) }).toEqual({ status: 0, whole: true })
    expect(stdout).toContain(`\nto            ${named}:${port}\n`)
  })

  test('a file whose name is no UTF-8', async () => {
    const { port, received } = await listener()
    const line = `f=$(printf 'x\\377'); cp a "$f" && "$node" "$program" send "$f" -p ${port}`
    const [ended, got] = await Promise.all([runShell(line, { cwd: dir }), received])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(got.equals(bytes)).toBe(true)
  })

  test('an empty file, of which the peer sees nothing: it says so', async () => {
    const { status, stdout, stderr, got } = await sent('empty')
    expect({ status, stderr, bytes: got.length }).toEqual({
      status: 0,
      stderr:
        'zero-copy-rs: nothing was sent: to the peer an empty file looks like a connection that failed\n',
      bytes: 0,
    })
    expect(stdout).toMatch(/^nothing moved = /)
  })

  test('without a binding, through streams', async () => {
    const { port, received } = await listener()
    const place = { cwd: dir, env: { ZERO_COPY_RS_NATIVE: '0' } }
    const [ended, got] = await Promise.all([runProgram(['send', 'a', '-p', port, '--json'], place), received])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(JSON.parse(ended.stdout)).toMatchObject({ strategy: 'stream', bytes: SIZE })
    expect(got.equals(bytes)).toBe(true)
  })

  test('to a peer that has ended its own side, and to one that talks', async () => {
    const { port, connection } = await Listener.on()
    const ended = run('a', '-p', port)
    const socket = await connection
    socket.write('who is there?')
    socket.end()
    expect((await all(socket)).equals(bytes)).toBe(true)
    expect(await ended).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('from one process to another of ours', () => {
  test.each([...WAYS.map(([mode]) => mode), 'auto'])('with -m %s -b 128', async (mode) => {
    const { running, port } = await startReceive(['-o', 'b', '-b', '128', '--expect-bytes', `${SIZE}`], dir)
    const [receiving, sending] = await Promise.all([
      running.ended(),
      run('a', '-p', port, '-m', mode, '-b', '128'),
    ])
    const hasNone = mode === '3' || mode === 'sendfile' || mode === 'splice'
    expect({ ...sending, stdout: '' }).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: hasNone
        ? `zero-copy-rs: ${mode === '3' ? 'sendfile' : mode} has no buffer: -b 128 changed nothing\n`
        : '',
    })
    expect(withoutListening(receiving.stderr)).toBe('')
    expect(receiving.status).toBe(0)
    for (const { stdout } of [sending, receiving])
      expect(stdout).toMatch(/^\S+ = \d+\.\d{3} sec\n[\s\S]*\nCPU copies/)
    expect(readFileSync(at('b')).equals(bytes)).toBe(true)
  })
})

describe('programs as the original had them', () => {
  const [client, server] = [compiled('client', dir), compiled('server', dir)]

  test.each(['1', '2', '3'])('take what send -m %s -b 128 sends', async (mode) => {
    const theirs = start(server, ['b'], { cwd: dir })
    const theirEnd = theirs.ended()
    const [port] = await once(theirs.child.stdout as NodeJS.ReadableStream, 'data')
    const ours = await run('a', '-p', `${port}`.trim(), '-m', mode, '-b', '128')
    expect(ours).toMatchObject({ status: 0 })
    expect(await theirEnd).toMatchObject({ status: 0 })
    expect(readFileSync(at('b')).equals(bytes)).toBe(true)
  })

  test.each([[[]], [['-b', '128']]])('send what receive %j takes', async (args) => {
    const { running, port } = await startReceive(['-o', 'b', ...args], dir)
    const [ours, theirs] = await Promise.all([
      running.ended(),
      start(client, [port, 'a'], { cwd: dir }).ended(),
    ])
    expect(theirs).toMatchObject({ status: 0 })
    expect(ours).toMatchObject({ status: 0 })
    expect(readFileSync(at('b')).equals(bytes)).toBe(true)
  })
})

test('a terminal gets a bar with rate and time left, which is gone at the end', async () => {
  const { port, connection } = await Listener.on()
  const line = `stty cols 100; "$node" "$program" send huge -p ${port} >receipt`
  const send = startOnTerminal(line, { cwd: dir })
  const ended = send.ended()
  const socket = await connection
  await new Promise<void>((resolve) => {
    const bar = /\[[=-]{24}\] \d+%, [\d.]+ [kMG]?B of 268 MB, [\d.]+ [kMG]?B\/s, [\w. ]+ left/
    send.child.stdout?.on('data', () => bar.test(send.stdout) && resolve())
  })
  socket.resume()
  await once(socket, 'end')
  socket.end()
  const { status, stdout } = await ended
  expect(status).toBe(0)
  expect(stdout).not.toMatch(/sendfile|\n/)
  expect(stdout.endsWith('\x1b[2K')).toBe(true)
  expect(readFileSync(at('receipt'), 'utf8')).toMatch(/^sendfile = \d+\.\d{3} sec\n/)
})
