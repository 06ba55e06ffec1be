import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connected, endOf, hasWritten, startReceive, withoutListening } from './cli-peers'
import { runProgram } from './cli-program'
import { random } from './support/bytes'
import { scratch } from './support/place'

const dir = scratch('cli-receive-failures')
const at = (name: string) => join(dir, name)
const bytes = random(1, 3_000_001)
const OLD = Buffer.from('the old file')

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

describe('the old file stays, and there is no new one,', () => {
  const kept = () => {
    expect(readFileSync(at('old')).equals(OLD)).toBe(true)
    expect(readdirSync(dir)).toEqual(['old'])
  }

  test('where the connection ends without a byte', async () => {
    const { status, stdout, stderr, peerSaw } = await received(Buffer.alloc(0), '-o', 'old')
    expect({ status, stdout, peerSaw }).toEqual({ status: 1, stdout: '', peerSaw: 'ECONNRESET' })
    expect(stderr).toMatch(
      /^zero-copy-rs: ERR_SOURCE_TRUNCATED: 127\.0\.0\.1:\d+ ended the connection without a byte\n$/,
    )
    kept()
  })

  test.each([0, 1, 100_000])('where it is reset after %d bytes', async (sent) => {
    const { running, port } = await startReceive(['-o', 'old', '--json'], dir)
    const ended = running.ended()
    const socket = await connected(port)
    if (sent > 0) {
      socket.write(bytes.subarray(0, sent))
      await hasWritten(running, dir)
    }
    socket.resetAndDestroy()
    const { status, stdout, stderr } = await ended
    expect(withoutListening(stderr)).toMatch(/^zero-copy-rs: ECONNRESET: .*\n$/)
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ECONNRESET' } })
    kept()
  })

  test('where it was reset before anybody looked, with all its bytes unread', async () => {
    const { running, port } = await startReceive(['-o', 'old'], dir)
    const ended = running.ended()
    running.child.kill('SIGSTOP')
    const socket = await connected(port)
    await new Promise((resolve) => socket.write(bytes.subarray(0, 1000), resolve))
    socket.resetAndDestroy()
    await once(socket, 'close')
    running.child.kill('SIGCONT')
    const { status, stderr } = await ended
    expect(withoutListening(stderr)).toMatch(/^zero-copy-rs: ECONNRESET: .*\n$/)
    expect(status).toBe(1)
    kept()
  })

  test.each<[string, string[], string]>([
    ['more came than --max-bytes', ['--max-bytes', '1000'], 'ERR_SIZE_EXCEEDED'],
    ['less came than --expect-bytes', ['--expect-bytes', '3000002'], 'ERR_SOURCE_TRUNCATED'],
    ['more came than --expect-bytes', ['--expect-bytes', '3000000'], 'ERR_SIZE_EXCEEDED'],
    ['anything came and nothing was expected', ['--expect-bytes', '0'], 'ERR_SIZE_EXCEEDED'],
  ])('where %s', async (_, args, code) => {
    const { status, stderr, peerSaw } = await received(bytes, '-o', 'old', ...args)
    expect(stderr).toMatch(new RegExp(`^zero-copy-rs: ${code}: .*\n$`))
    expect(status).toBe(1)
    expect(['ECONNRESET', 'EPIPE']).toContain(peerSaw)
    kept()
  })

  test('where the disk is full, and the peer is told', async () => {
    const { status, stderr, peerSaw } = await received(bytes, '-o', '/dev/full')
    expect(stderr).toMatch(/^zero-copy-rs: ENOSPC: .*\n$/)
    expect(status).toBe(1)
    expect(['ECONNRESET', 'EPIPE']).toContain(peerSaw)
    kept()
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('where %s comes in the middle', async (name) => {
    const { running, port } = await startReceive(['-o', 'old'], dir)
    const ended = running.ended()
    const socket = await connected(port)
    const peerSaw = endOf(socket)
    socket.write(bytes)
    await hasWritten(running, dir)
    running.child.kill(name)
    const { status, signal, stdout, stderr } = await ended
    expect({ status, signal, stdout }).toEqual({ status: null, signal: name, stdout: '' })
    expect(withoutListening(stderr)).toMatch(
      new RegExp(`^zero-copy-rs: stopped by ${name} after \\d+ bytes\n$`),
    )
    expect(await peerSaw).toBe('ECONNRESET')
    kept()
  })

  test('where it is killed, and the peer is told', async () => {
    const { running, port } = await startReceive(['-o', 'old'], dir)
    const ended = running.ended()
    const socket = await connected(port)
    const peerSaw = endOf(socket)
    socket.write(bytes.subarray(0, 1000))
    await hasWritten(running, dir)
    running.child.kill('SIGKILL')
    await ended
    expect(await peerSaw).toBe('ECONNRESET')
    expect(readFileSync(at('old')).equals(OLD)).toBe(true)
  })
})

describe('--timeout', () => {
  test('ends the wait for a connection', async () => {
    const { status, stdout, stderr } = await runProgram(
      ['receive', '-p', '0', '--timeout', '0.05', '--json'],
      { cwd: dir },
    )
    expect(status).toBe(1)
    expect(withoutListening(stderr)).toBe(
      'zero-copy-rs: ETIMEDOUT: no connection to 127.0.0.1:0 within 0.05 s\n',
    )
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ETIMEDOUT', bytes: 0 } })
  })

  test.each([0, 1000])('ends the wait for a peer that is silent after %d bytes', async (sent) => {
    const { running, port } = await startReceive(['--timeout', '1', '-o', 'old'], dir)
    const ended = running.ended()
    const socket = await connected(port)
    const peerSaw = endOf(socket)
    socket.write(bytes.subarray(0, sent))
    const { status, stderr } = await ended
    const after = sent === 0 ? '' : `, after ${sent} bytes`
    expect(withoutListening(stderr)).toMatch(
      new RegExp(`^zero-copy-rs: ETIMEDOUT: no byte from 127\\.0\\.0\\.1:\\d+ within 1 s${after}\n$`),
    )
    expect(status).toBe(1)
    expect(await peerSaw).toBe('ECONNRESET')
    expect(readFileSync(at('old')).equals(OLD)).toBe(true)
  })
})

describe('what can be known before anybody connects is one line, and exit status 1:', () => {
  test('a port in use', async () => {
    const { running, port } = await startReceive([], dir)
    const ended = running.ended()
    const { status, stdout, stderr } = await runProgram(['receive', '-p', port], { cwd: dir })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(`zero-copy-rs: EADDRINUSE: address already in use, listen 127.0.0.1:${port}\n`)
    running.child.kill('SIGTERM')
    await ended
  })

  test.each<[string, string[], RegExp]>([
    ['an address of another machine', ['-H', '192.0.2.1'], /EADDRNOTAVAIL: .*, listen 192\.0\.2\.1:8080\n$/],
    [
      'an unknown name',
      ['-H', 'no.such.invalid'],
      /(ENOTFOUND: unknown host|EAI_AGAIN: .*), listen no\.such\.invalid:8080\n$/,
    ],
    ['no such directory', ['-o', 'no/such'], /ENOENT: .*'no\/\.'\n$/],
    ['a directory', ['-o', '.'], /EISDIR: .*'\.'\n$/],
    ['a file as directory', ['-o', 'old/new'], /ENOTDIR: .*'old\/(new|\.)'\n$/],
    ['a file as directory to keep files in', ['--keep', 'old', '-p', '0', '--quiet'], /EEXIST: .*'old'\n$/],
  ])('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await runProgram(['receive', ...args], { cwd: dir })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^zero-copy-rs: [^\n]*\n$/)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  })
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends the wait for a connection', async (name) => {
  const { running } = await startReceive([], dir)
  running.child.kill(name)
  const { signal, stdout, stderr } = await running.ended()
  expect({ signal, stdout }).toEqual({ signal: name, stdout: '' })
  expect(withoutListening(stderr)).toBe(`zero-copy-rs: stopped by ${name} after 0 bytes\n`)
  expect(readdirSync(dir)).toEqual(['old'])
})

describe('wrong usage', () => {
  test.each<[string[], string]>([
    [['x'], "unexpected argument 'x': receive takes none"],
    [['-p', '65536'], 'Expected a port: a number from 0 to 65535.'],
    [['-p', 'http'], 'Expected a port: '],
    [['-H', ''], 'Expected an IPv4 or IPv6 address, or a name.'],
    [['-H', 'a:b'], 'Expected an IPv4 or IPv6 address, or a name.'],
    [['-b', '0'], 'Expected at least 1 byte.'],
    [['-m', '3'], 'Expected one of 1, auto, read_write, splice'],
    [['--max-bytes', 'x'], 'Expected a size: '],
    [['--expect-bytes', '2', '--max-bytes', '1'], '--expect-bytes 2: expected no more than --max-bytes 1'],
    [['--timeout', '0'], 'Expected seconds, from 0.001 to 2147483.'],
    [['--keep', 'd', '-o', 'f'], "option '-o, --output <FILE>' cannot be used with option '--keep <DIR>'"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await runProgram(['receive', ...args], { cwd: dir })
    expect(stderr.split('\n')[0]).toContain(message)
    expect(stderr).toContain('\nUsage: zero-copy-rs receive [-o FILE|--keep DIR] ')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(existsSync(at('d'))).toBe(false)
  })
})
