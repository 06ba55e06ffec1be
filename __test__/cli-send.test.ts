import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { TransferReport } from '../index'
import { all, compiled, hasOpen, Listener, Stalled, startReceive, withoutListening } from './cli-peers'
import { type Ended, runProgram, runShell, start, startOnTerminal, startProgram } from './cli-program'
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
  writeFileSync(at('endless'), '')
  truncateSync(at('endless'), 64 * HUGE)
})
afterEach(() => rmSync(at('b'), { force: true }))

const run = (...args: string[]) => runProgram(['send', ...args], { cwd: dir })

/** Sends to a peer of Node's. */
async function sent(...args: string[]): Promise<Ended & { port: string; got: Buffer }> {
  const { port, received } = await listener()
  const [ended, got] = await Promise.all([run('-p', port, ...args), received])
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

const stalled = compiled('stalled', dir)

describe('a send that is cut short is a reset:', () => {
  test.each(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', async (name) => {
    const peer = await Stalled.by(stalled)
    const send = startProgram(['send', 'huge', '-p', peer.port], { cwd: dir })
    const ended = send.ended()
    await peer.begun()
    send.child.kill(name)
    const { status, signal, stdout, stderr } = await ended
    expect({ status, signal, stdout }).toEqual({ status: null, signal: name, stdout: '' })
    const said = name === 'SIGKILL' ? '' : `zero-copy-rs: stopped by ${name} after \\d+ bytes\n`
    expect(stderr).toMatch(new RegExp(`^${said}$`))
    expect(await peer.saw()).toBe('reset')
  })

  test.each(['1', '3'])('receive keeps the old file when the sender with -m %s is killed', async (mode) => {
    writeFileSync(at('b'), 'the old file')
    const before = readdirSync(dir).sort()
    const { running, port } = await startReceive(['-o', 'b'], dir)
    const receiving = running.ended()
    const send = startProgram(['send', 'endless', '-p', port, '-m', mode, '-b', '1'], { cwd: dir })
    const sending = send.ended()
    await hasOpen(running, dir)
    send.child.kill('SIGKILL')
    expect(await sending).toMatchObject({ signal: 'SIGKILL' })
    const { status, stdout, stderr } = await receiving
    expect(withoutListening(stderr)).toMatch(/^zero-copy-rs: ECONNRESET: .*\n$/)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(readFileSync(at('b'), 'utf8')).toBe('the old file')
    expect(readdirSync(dir).sort()).toEqual(before)
  })
})

describe('a peer that does not take all is a failure', () => {
  test('in the middle', async () => {
    const { port, connection } = await Listener.on()
    const ended = run('huge', '-p', port, '--json')
    const socket = await connection
    socket.resume()
    await once(socket, 'data')
    socket.resetAndDestroy()
    const { status, stdout, stderr } = await ended
    expect(stderr).toMatch(/^zero-copy-rs: (ECONNRESET|EPIPE): .*\n$/)
    expect(status).toBe(1)
    expect(JSON.parse(stdout).error.bytes).toBeLessThan(HUGE)
  })

  test('after the last byte, too', async () => {
    const { port, connection } = await Listener.on()
    const ended = run('a', '-p', port)
    const socket = await connection
    socket.resume()
    await once(socket, 'end')
    socket.resetAndDestroy()
    const { status, stdout, stderr } = await ended
    expect(stderr).toBe(`zero-copy-rs: ECONNRESET: connection reset by peer, peer 127.0.0.1:${port}\n`)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  })

  test('as receive --max-bytes is', async () => {
    const { running, port } = await startReceive(['-o', 'b', '--max-bytes', '1000'], dir)
    const [receiving, sending] = await Promise.all([running.ended(), run('a', '-p', port)])
    expect(withoutListening(receiving.stderr)).toMatch(/^zero-copy-rs: ERR_SIZE_EXCEEDED: /)
    expect(receiving.status).toBe(1)
    expect(sending.stderr).toMatch(/^zero-copy-rs: (ECONNRESET|EPIPE): .*\n$/)
    expect(sending.status).toBe(1)
  })
})

describe('--timeout', () => {
  test('ends a send to a peer that takes nothing', async () => {
    const peer = await Stalled.by(stalled)
    const { status, stderr } = await run('huge', '-p', peer.port, '--timeout', '0.3')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^zero-copy-rs: ETIMEDOUT: no byte was taken by 127\.0\.0\.1:\d+ within 0\.3 s, after \d+ bytes\n$/,
    )
    expect(await peer.saw()).toBe('reset')
  })

  test('is how long a peer may keep the connection when it has everything', async () => {
    const { port, connection } = await Listener.on()
    const ended = run('a', '-p', port, '--timeout', '0.3')
    const socket = await connection
    socket.resume()
    const { status, stdout, stderr } = await ended
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `zero-copy-rs: 127.0.0.1:${port} keeps the connection open: whether it took everything is not known\n`,
    })
    expect(stdout).toMatch(/^sendfile = /)
    expect(socket.bytesRead).toBe(SIZE)
    socket.destroy()
  })
})

describe('a failure before anybody is connected to is one line, and exit status 1:', () => {
  beforeAll(() => execFileSync('mkfifo', [at('fifo')]))

  test.each<[string, string, RegExp]>([
    ['no such file', 'nope', /ENOENT: no such file or directory, open 'nope'\n$/],
    ['a directory', '.', /EISDIR: illegal operation on a directory, sendfile '\.'\n$/],
    ['a FIFO', 'fifo', /EINVAL: invalid argument, sendfile 'fifo'\n$/],
  ])('%s', async (_, file, message) => {
    const { server, port, connection } = await Listener.on()
    const { status, stdout, stderr } = await run(file, '-p', port)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^zero-copy-rs: [^\n]*\n$/)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    const ours = connect(Number(port))
    const first = await connection
    expect(first.remotePort).toBe(ours.localPort)
    ours.destroy()
    first.destroy()
    server.close()
  })

  test('a port that nobody listens on', async () => {
    const { server, port } = await Listener.on()
    server.close()
    await once(server, 'close')
    const message = `ECONNREFUSED: connection refused, connect 127.0.0.1:${port}`
    const { status, stdout, stderr } = await run('a', '-p', port, '--json')
    expect({ status, stderr }).toEqual({ status: 1, stderr: `zero-copy-rs: ${message}\n` })
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'ECONNREFUSED', message, errno: -111, syscall: 'connect' },
    })
    const named = await run('a', '-p', port, '-i', 'localhost')
    expect(named.stderr).toMatch(
      /^zero-copy-rs: ECONNREFUSED: connection refused, connect localhost:\d+ \(.*127\.0\.0\.1.*\)\n$/,
    )
  })

  test.each<[string, string, RegExp]>([
    [
      'an unknown host',
      'no.such.invalid',
      /(ENOTFOUND: unknown host|EAI_AGAIN: .*), connect no\.such\.invalid:8080\n$/,
    ],
    ['an address that leads nowhere', '255.255.255.255', /E\w+: .*, connect 255\.255\.255\.255:8080\n$/],
  ])('%s', async (_, ip, message) => {
    const { status, stdout, stderr } = await run('a', '-i', ip)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^zero-copy-rs: [^\n]*\n$/)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  })
})

describe('-b', () => {
  test('64, which nobody asked for, is told to be slow for more than 64 MiB', async () => {
    const { port, connection } = await Listener.on()
    const ended = run('huge', '-p', port, '-m', '1')
    const socket = await connection
    socket.resetAndDestroy()
    expect((await ended).stderr).toMatch(
      /^zero-copy-rs: -b 64 is the original's default, -b 256K is faster\n/,
    )
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

describe('wrong usage', () => {
  test.each<[string[], string]>([
    [[], "missing required argument 'file'"],
    [['a', 'b'], "unexpected argument 'b': send takes <file>"],
    [['a', '-p', '0'], 'Expected a port: a number from 1 to 65535.'],
    [['a', '-p', '1e3'], 'Expected a port: '],
    [['a', '-i', ''], 'Expected an IPv4 or IPv6 address, or a name.'],
    [['a', '-i', '127.0.0.1:80'], 'Expected an IPv4 or IPv6 address, or a name.'],
    [['a', '-m', '4'], 'Expected one of 1, 2, 3, auto, read_write, mmap_write, sendfile, splice'],
    [['a', '-m', 'reflink'], 'Expected one of 1, 2, 3, auto, '],
    [['a', '-b', '12Q'], 'Expected a size: '],
    [['a', '--timeout', 'x'], 'Expected seconds, from 0.001 to 2147483.'],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await run(...args)
    expect(stderr.split('\n')[0]).toContain(message)
    expect(stderr).toContain('\nUsage: zero-copy-rs send <file> ')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })
})
