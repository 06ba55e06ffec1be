import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { compiled, hasWritten, Listener, Stalled, startReceive, withoutListening } from './cli-peers'
import { runProgram, startProgram } from './cli-program'
import { random } from './support/bytes'
import { scratch } from './support/place'

const dir = scratch('cli-send-failures')
const at = (name: string) => join(dir, name)
const SIZE = 1_000_003
const bytes = random(1, SIZE)
/** More than the buffers of two sockets hold. */
const HUGE = 256 * 1024 ** 2

beforeAll(() => {
  writeFileSync(at('a'), bytes)
  writeFileSync(at('huge'), '')
  truncateSync(at('huge'), HUGE)
  writeFileSync(at('endless'), '')
  truncateSync(at('endless'), 64 * HUGE)
})
afterEach(() => rmSync(at('b'), { force: true }))

const run = (...args: string[]) => runProgram(['send', ...args], { cwd: dir })

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
    await hasWritten(running, dir)
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
