import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TransferReport } from '../index'
import { all, connected, endOf, hasOpen, saidError, startReceive, withoutListening } from './cli-peers'
import { runProgram, startOnTerminal, startProgram } from './cli-program'
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
      await hasOpen(running, dir)
    }
    socket.resetAndDestroy()
    const { status, stdout, stderr } = await ended
    expect(withoutListening(stderr)).toMatch(/^zero-copy-rs: ECONNRESET: .*\n$/)
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ECONNRESET' } })
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
    await hasOpen(running, dir)
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
    await hasOpen(running, dir)
    running.child.kill('SIGKILL')
    await ended
    expect(await peerSaw).toBe('ECONNRESET')
    expect(readFileSync(at('old')).equals(OLD)).toBe(true)
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
    await hasOpen(running, dir)
    socket.write('0')
    expect(await ended).toMatchObject({ status: 1 })
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
    await hasOpen(running, dir)
    await expect(connected(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    first.end()
    expect(await ended).toMatchObject({ status: 0 })
    expect(readFileSync(at(DEFAULT), 'utf8')).toBe('first')
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
    ['a file as directory', ['-o', 'old/new'], /ENOTDIR: .*'old\/new'\n$/],
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

describe('--keep', () => {
  const keeping = async (...args: string[]) => {
    const { running, port } = await startReceive(['--keep', 'kept', ...args], dir)
    const ended = running.ended()
    /** Resolves when the peer has been told that the file is whole. */
    const give = async (sent: string) => {
      const socket = await connected(port)
      const end = endOf(socket)
      socket.end(sent)
      return end
    }
    const stop = async () => {
      running.child.kill('SIGTERM')
      return ended
    }
    return { running, port, give, stop }
  }

  test('makes a numbered file of each connection, until a signal comes', async () => {
    const { give, stop } = await keeping()
    expect(await give('one')).toBeNull()
    expect(await give('two')).toBeNull()
    const { signal, stdout, stderr } = await stop()
    expect(signal).toBe('SIGTERM')
    expect(stdout.match(/^file +\S+$/gm)).toEqual([
      expect.stringMatching(/ kept\/000001$/),
      expect.stringMatching(/ kept\/000002$/),
    ])
    expect(withoutListening(stderr)).toBe('zero-copy-rs: stopped by SIGTERM after 2 files\n')
    expect(readdirSync(at('kept'))).toEqual(['000001', '000002'])
    expect(readFileSync(at('kept/000002'), 'utf8')).toBe('two')
  })

  test('goes on where it was, and writes over nothing', async () => {
    mkdirSync(at('kept'))
    writeFileSync(at('kept/000041'), 'old')
    mkdirSync(at('kept/000043'))
    writeFileSync(at('kept/notes'), 'mine')
    writeFileSync(at('kept/9'), 'mine too')
    rmSync(at('kept/000043'), { recursive: true })
    const { give, stop } = await keeping('--json')
    writeFileSync(at('kept/000042'), 'somebody else has made it meanwhile')
    await give('new')
    const { stdout } = await stop()
    expect(JSON.parse(stdout)).toMatchObject({ file: 'kept/000043', bytes: 3, from: expect.any(String) })
    expect(readFileSync(at('kept/000043'), 'utf8')).toBe('new')
    expect(readFileSync(at('kept/000042'), 'utf8')).toMatch(/^somebody/)
  })

  test('is not ended by a connection that fails, nor stopped by one that waits', async () => {
    const { running, port, give, stop } = await keeping('--max-bytes', '3', '--json')
    const waits = await connected(port)
    const waitsSaw = endOf(waits)
    waits.write('w')
    await hasOpen(running, at('kept'))
    expect(await give('too long')).toBe('ECONNRESET')
    expect(await give('')).toBe('ECONNRESET')
    expect(await give('yes')).toBeNull()
    const { stdout } = await stop()
    expect(await waitsSaw).toBe('ECONNRESET')
    const codes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).error?.code ?? 'kept')
    expect(codes).toEqual(['ERR_SIZE_EXCEEDED', 'ERR_SOURCE_TRUNCATED', 'kept', 'ABORT_ERR'])
    expect(readdirSync(at('kept')).map((name) => readFileSync(at(`kept/${name}`), 'utf8'))).toEqual(['yes'])
  })

  test('takes many at once', async () => {
    const { give, stop } = await keeping()
    const texts = Array.from({ length: 20 }, (_, i) => `file ${i}`)
    expect(await Promise.all(texts.map(give))).toEqual(texts.map(() => null))
    await stop()
    const found = readdirSync(at('kept')).map((name) => readFileSync(at(`kept/${name}`), 'utf8'))
    expect(found.sort()).toEqual([...texts].sort())
  })

  test('gives up on a connection alone after --timeout', async () => {
    const { running, port, give, stop } = await keeping('--timeout', '0.2')
    const silent = await connected(port)
    expect(await endOf(silent)).toBe('ECONNRESET')
    await saidError(running, /ETIMEDOUT: no byte from \S+ within 0\.2 s\n/)
    expect(await give('one')).toBeNull()
    expect((await stop()).signal).toBe('SIGTERM')
  })
})

test('--quiet says nothing while it waits', async () => {
  const running = startProgram(['receive', '-p', '0', '--quiet', '--timeout', '0.05'], { cwd: dir })
  const [status] = await once(running.child, 'close')
  expect(status).toBe(1)
  expect(running.stderr).toMatch(/^zero-copy-rs: ETIMEDOUT: [^\n]*\n$/)
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

test('the peer may end its side first and still read: it sees an orderly end', async () => {
  const { running, port } = await startReceive([], dir)
  const ended = running.ended()
  const socket = await connected(port)
  socket.end('all of it')
  expect(await all(socket)).toHaveLength(0)
  expect(await ended).toMatchObject({ status: 0 })
})
