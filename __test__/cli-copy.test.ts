import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strategies, type TransferReport } from '../index'
import { runProgram, runShell } from './cli-program'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-cli-copy-'))
const at = (name: string) => join(dir, name)
const SIZE = 300_001
const bytes = Buffer.from(Array.from({ length: SIZE }, (_, i) => (i * 7919) % 251))
writeFileSync(at('a'), bytes)
afterAll(() => rmSync(dir, { recursive: true }))
afterEach(() => rmSync(at('b'), { force: true }))

const run = (...args: string[]) => runProgram(['copy', ...args], { cwd: dir })

async function reportOf(...args: string[]): Promise<TransferReport> {
  const { status, stdout, stderr } = await run(...args, '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('copies', () => {
  test.each([
    ['1', 'read/write', 'read_write', 64],
    ['2', 'mmap/write', 'mmap_write', 64],
    ['3', 'sendfile', 'sendfile', null],
    ['read_write', 'read/write', 'read_write', expect.any(Number)],
    ['mmap_write', 'mmap/write', 'mmap_write', expect.any(Number)],
    ['sendfile', 'sendfile', 'sendfile', null],
    ['splice', 'splice', 'splice', null],
  ])('with -m %s, and says so as the original does', async (mode, label, strategy, bufferSize) => {
    const { status, stdout, stderr } = await run('a', 'b', '-m', mode)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^${label} = \\d+\\.\\d{3} sec\n`))
    expect(readFileSync(at('b')).equals(bytes)).toBe(true)
    expect(await reportOf('-m', mode, 'a', 'b')).toMatchObject({ strategy, bytes: SIZE, bufferSize })
  })

  test('by the best way where none is named', async () => {
    const report = await reportOf('a', 'b')
    expect(readFileSync(at('b')).equals(bytes)).toBe(true)
    expect(strategies).toContain(report.strategy)
    expect(Object.keys(await reportOf('a', 'b', '-m', 'auto'))).toEqual(Object.keys(report))
  })

  test('with a buffer of that size', async () => {
    const { bufferSize, syscalls } = await reportOf('a', 'b', '-m', '1', '-b', '4K')
    expect({ bufferSize, writes: syscalls.pwrite64 }).toEqual({ bufferSize: 4096, writes: 74 })
  })

  test('a range', async () => {
    expect(await reportOf('a', 'b', '--offset', '1K', '--length', '100KB')).toMatchObject({ bytes: 100_000 })
    expect(readFileSync(at('b')).equals(bytes.subarray(1024, 101_024))).toBe(true)
  })

  test('without sharing extents where that is asked for', async () => {
    const { bytesShared, attempts } = await reportOf('a', 'b', '--reflink', 'never')
    expect(bytesShared).toBe(0)
    expect(attempts).toContainEqual(expect.objectContaining({ strategy: 'reflink', outcome: 'avoided' }))
  })

  test('as a whole, or in place', async () => {
    writeFileSync(at('b'), 'old content')
    const before = statSync(at('b')).ino
    expect(await reportOf('a', 'b', '--atomic', 'never')).toMatchObject({ atomic: false })
    expect(statSync(at('b')).ino).toBe(before)
    expect(await reportOf('a', 'b', '--atomic', 'always')).toMatchObject({ atomic: true, durable: false })
    expect(statSync(at('b')).ino).not.toBe(before)
    const { stdout } = await run('a', '/dev/null')
    expect(stdout).toMatch(/^in place +the destination is no regular file$/m)
    const refused = await run('a', '/dev/null', '--atomic', 'always')
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('ERR_ATOMIC_UNAVAILABLE') })
  })

  test('onto the disk', async () => {
    expect(await reportOf('a', 'b', '--durable')).toMatchObject({ durable: true })
    expect((await run('a', 'b', '--durable')).stdout).toMatch(/^durable +yes$/m)
  })

  test('with every byte, or with holes for zeroes', async () => {
    writeFileSync(at('zeroes'), Buffer.alloc(1 << 20))
    expect(await reportOf('zeroes', 'b', '--sparse', 'always')).toMatchObject({ bytesSkipped: 1 << 20 })
    expect(await reportOf('zeroes', 'b', '--sparse', 'never')).toMatchObject({
      bytesSkipped: 0,
      bytesShared: 0,
    })
    rmSync(at('zeroes'))
  })

  test('with the times of the source', async () => {
    writeFileSync(at('old'), 'old')
    utimesSync(at('old'), 1000, 2000)
    for (const [what, mtime] of [
      ['timestamps', 2000],
      ['xattrs,timestamps', 2000],
      ['all', 2000],
      ['xattrs', null],
    ] as const) {
      await reportOf('old', 'b', '--preserve', what)
      const found = statSync(at('b')).mtimeMs / 1000
      if (mtime === null) expect(found).not.toBe(2000)
      else expect(found).toBe(mtime)
    }
    rmSync(at('old'))
  })

  test('files whose names are no UTF-8', async () => {
    const line = `a=$(printf 'x\\377') b=$(printf 'x\\376'); cp a "$a" && "$node" "$program" copy "$a" "$b"`
    expect(await runShell(line, { cwd: dir })).toMatchObject({ status: 0, stderr: '' })
    const copy = Buffer.from(`${dir}/x\xfe`, 'latin1')
    expect(readFileSync(copy).equals(bytes)).toBe(true)
    expect(readdirSync(dir, 'buffer').filter((name) => name.includes('\ufffd'))).toEqual([])
  })
})

describe('the receipt', () => {
  test('has a labelled line for each fact', async () => {
    const { stdout } = await run('a', 'b', '-m', 'read_write', '-b', '128K')
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^read\/write = \d+\.\d{3} sec$/),
      'bytes         300001 (300 kB)',
      'strategy      read_write',
      'buffer        131072 bytes',
      expect.stringMatching(/^wall {10}[\d.]+ m?s moving, [\d.]+ m?s in all$/),
      expect.stringMatching(/^CPU {11}[\d.]+ m?s$/),
      expect.stringMatching(/^system calls {2}pread64 \d+, pwrite64 3$/),
      expect.stringMatching(/^CPU copies {4}2: ./),
      expect.stringMatching(/^rate {10}[\d.]+ [kMG]B\/s$/),
      '',
    ])
  })

  test('says what was not used, and why', async () => {
    const env = { ZERO_COPY_RS_DISABLE: 'reflink,copy_file_range' }
    const { stdout } = await runProgram(['copy', 'a', 'b'], { cwd: dir, env })
    expect(stdout).toMatch(/^sendfile = /)
    const unused = stdout.split('\n').filter((line) => line.startsWith('not used'))
    expect(unused).toEqual([
      expect.stringMatching(/^not used {6}reflink avoided: .*ZERO_COPY_RS_DISABLE/),
      expect.stringMatching(/^not used {6}copy_file_range avoided: .*ZERO_COPY_RS_DISABLE/),
    ])
  })

  test('of nothing says so', async () => {
    const { status, stdout } = await run('a', 'a')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^nothing moved = 0\.000 sec\nbytes +0 \(0 B\)\nstrategy +none: /)
    expect(stdout).toMatch(/\nrate +none\n/)
    expect(readFileSync(at('a')).equals(bytes)).toBe(true)
  })

  test('has no escape sequence when it is piped', async () => {
    const { stdout } = await run('a', 'b')
    expect(stdout).toMatch(/^[ -~\n]+$/)
  })
})

describe('--json', () => {
  test('is the report, and nothing else', async () => {
    const report = await reportOf('a', 'b', '-m', '3')
    expect(report).toMatchObject({ strategy: 'sendfile', bytes: SIZE, atomic: true, notPreserved: [] })
    expect(report.attempts).toEqual([expect.objectContaining({ strategy: 'sendfile', outcome: 'finished' })])
    expect(report.syscalls.sendfile).toBeGreaterThan(0)
  })

  test('of a failure is the error', async () => {
    const { status, stdout, stderr } = await run('nope', 'b', '--json')
    const message = "ENOENT: no such file or directory, copyfile 'nope' -> 'b'"
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'ENOENT',
        message,
        errno: -2,
        syscall: 'copyfile',
        call: expect.any(String),
        path: 'nope',
        dest: 'b',
        strategy: null,
        bytes: 0,
        attempts: [],
      },
    })
    expect({ status, stderr }).toEqual({ status: 1, stderr: `zero-copy-rs: ${message}\n` })
  })
})

describe('a failure is one line, and exit status 1:', () => {
  test.each<[string, string[], RegExp]>([
    ['no source', ['nope', 'b'], /^zero-copy-rs: ENOENT: .*, copyfile 'nope' -> 'b'\n$/],
    ['no destination', ['a', ''], /^zero-copy-rs: ENOENT: .*\n$/],
    ['a directory', ['a', '.'], /^zero-copy-rs: EISDIR: .*\n$/],
    ['a destination that exists', ['-n', 'a', 'a'], /^zero-copy-rs: EEXIST: .*\n$/],
    ['the same, in full', ['a', 'a', '--no-overwrite'], /^zero-copy-rs: EEXIST: .*\n$/],
    ['an offset beyond the end', ['a', 'b', '--offset', '1G'], /^zero-copy-rs: .*offset.*\n$/],
    ['no space', ['a', '/dev/full'], /^zero-copy-rs: ENOSPC: .*\n$/],
    ['a name that would clear the screen', ['\n\x1b[2J/nope', 'b'], /'\\n\\u001b\[2J\/nope' -> 'b'\n$/],
  ])('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await run(...args)
    expect(stderr).toMatch(message)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  })

  test('a strategy that cannot run', async () => {
    const env = { ZERO_COPY_RS_DISABLE: 'splice' }
    const { status, stderr } = await runProgram(['copy', 'a', 'b', '-m', 'splice'], { cwd: dir, env })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^zero-copy-rs: ERR_STRATEGY_UNAVAILABLE: .*\n$/)
  })

  test('no binding', async () => {
    const env = { ZERO_COPY_RS_NATIVE: '0' }
    const { status, stderr } = await runProgram(['copy', 'a', 'b'], { cwd: dir, env })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^zero-copy-rs: ERR_STRATEGY_UNAVAILABLE: .*ZERO_COPY_RS_NATIVE=0.*\n$/)
  })
})

describe('-b', () => {
  const slow = "zero-copy-rs: -b 64 is the original's default, -b 256K is faster\n"
  const LIMIT = 64 * 1024 ** 2

  beforeAll(() => {
    writeFileSync(at('large'), '')
    truncateSync(at('large'), LIMIT + 1)
  })

  // The destination's directory is not there, so nothing is copied: the line comes first.
  test.each<[string, string[], boolean]>([
    ['is 64 with mode 1', ['-m', '1'], true],
    ['is 64 with mode 2', ['-m', '2'], true],
    ['means nothing to mode 3', ['-m', '3'], false],
    ['is tuned with a name', ['-m', 'read_write'], false],
    ['is tuned with auto', [], false],
    ['is what it is given as', ['-m', '1', '-b', '64'], false],
    ['is bearable up to 64 MiB', ['-m', '1', '--offset', '1'], false],
    ['is bearable for a short range', ['-m', '1', '--length', '64M'], false],
    ['is not for a range that is long', ['-m', '1', '--length', '67108865'], true],
  ])('%s', async (_, args, said) => {
    const { status, stderr } = await run('large', 'no/such/b', ...args)
    expect(status).toBe(1)
    expect(stderr.replace(/zero-copy-rs: ENOENT.*\n$/, '')).toBe(said ? slow : '')
  })

  test.each([
    ['3', 'sendfile'],
    ['splice', 'splice'],
  ])('with -m %s, which has no buffer, is a warning', async (mode, strategy) => {
    const { status, stdout, stderr } = await run('a', 'b', '-m', mode, '-b', '4K')
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `zero-copy-rs: ${strategy} has no buffer: -b 4096 changed nothing\n`,
    })
    expect(stdout).toMatch(new RegExp(`^${strategy} = `))
  })

  test('with auto, which might have needed one, is none', async () => {
    expect(await run('a', 'b', '-b', '4K')).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('standard output', () => {
  // The reader is gone before the program starts: it says so through the FIFO, after it has closed its end.
  test('whose reader has gone is no failure', async () => {
    const writer = '{ read gone <fifo; "$node" "$program" copy a b; echo "status $?" >&2; }'
    const line = `mkfifo fifo; ${writer} | { exec <&-; echo >fifo; }`
    expect(await runShell(line, { cwd: dir })).toMatchObject({ status: 0, stdout: '', stderr: 'status 0\n' })
    expect(readFileSync(at('b')).equals(bytes)).toBe(true)
  })

  test('that is full is one', async () => {
    const ended = await runShell('"$node" "$program" copy a b >/dev/full', { cwd: dir })
    expect(ended).toMatchObject({ status: 1, stderr: expect.stringMatching(/^zero-copy-rs: .*ENOSPC.*\n$/) })
  })
})
