import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connected, endOf, hasWritten, saidError, startReceive, withoutListening } from './cli-peers'
import { scratch } from './support/place'

const dir = scratch('cli-receive-keep')
const at = (name: string) => join(dir, name)
afterEach(() => rmSync(at('kept'), { recursive: true }))

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
    await hasWritten(running, at('kept'))
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
