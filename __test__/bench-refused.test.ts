// @once
// What `zero-copy-rs bench` refuses, and what then stays: nothing.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram, runShell } from './cli-program'
import { scratch } from './support/place'
import { testWithMounts } from './support/skip'

const dir = scratch('bench-refused')
const at = (name: string) => join(dir, name)
const run = (...args: string[]) => runProgram(['bench', ...args], { cwd: dir })
const SMALL = ['--size', '10K', '--buffers', '64,1K', '--iterations', '2']

const testFiles = () => readdirSync(dir).filter((name) => name.startsWith('zero-copy-rs-bench-'))
afterEach(() => expect(testFiles()).toEqual([]))

describe('wrong usage is one line, exit status 2, and nothing is made:', () => {
  test.each<[string[], string]>([
    [['--buffers', '0'], "'0' is invalid. Expected at least 1 byte."],
    [['--buffers', '32,9MiB'], "'32,9MiB' is invalid. Expected at most 8 MiB."],
    [['--buffers', ''], "'' is invalid. Expected a size: "],
    [['--size', '0'], "'0' is invalid. Expected at least 1 byte."],
    [['--iterations', '0'], "'0' is invalid. Expected a number from 1 to 1000000."],
    [['--iterations', '1.5'], 'Expected a number from 1 to'],
    [['--strategies', 'teleport'], "'teleport' is invalid. Expected one of 1, 2, 3, auto, read_write, "],
    [['--strategies', 'stream'], "'stream' is invalid. Expected one of "],
    [['--network=a:0'], 'Expected a port: a number from 1 to 65535.'],
    [['a file', '--size', '5'], '--size is of generated files: expected a file or --size, not both'],
    [['a', 'b'], "unexpected argument 'b': bench takes [file]"],
    [['--what'], "unknown option '--what'"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await run(...args, '--out', 'never')
    const [line, usage] = stderr.split('\n')
    expect(line).toMatch(/^zero-copy-rs: /)
    expect(line).toContain(message)
    expect(usage).toMatch(/^Usage: zero-copy-rs bench \[file\] /)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(existsSync(at('never'))).toBe(false)
  })

  test.each<[string, string]>([
    ['{', 'expected a record of a benchmark, the result.json of --out'],
    ['[]', 'expected a record of a benchmark'],
    ['null', 'expected a record of a benchmark'],
    ['{"format":"somebody’s"}', 'expected a record of a benchmark'],
    ['{"format":"zero-copy-rs benchmark","formatVersion":2}', 'expected format version 1, not 2'],
    ['{"format":"zero-copy-rs benchmark","formatVersion":1}', 'expected rows and an environment in it'],
    [
      '{"format":"zero-copy-rs benchmark","formatVersion":1,"environment":{},"rows":[{"size":"5"}]}',
      'expected rows and an environment in it',
    ],
    [
      '{"format":"zero-copy-rs benchmark","formatVersion":1,"environment":{},"rows":[],"command":"network"}',
      "expected a record of 'file', not of 'network'",
    ],
  ])('--compare with %s', async (content, message) => {
    writeFileSync(at('record'), content)
    const { status, stdout, stderr } = await run('--compare', 'record', '--out', 'never')
    expect(stderr).toMatch(/^zero-copy-rs: --compare record: [^\n]*\n$/)
    expect(stderr).toContain(message)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(existsSync(at('never'))).toBe(false)
  })
})

describe('what cannot be done is one line, exit status 1, and nothing is left:', () => {
  const failed = async (...args: string[]) => {
    const { status, stdout, stderr } = await run(...args)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^zero-copy-rs: [^\n]*\n$/)
    return stderr
  }

  test('an --out that cannot be made, or not be written to', async () => {
    writeFileSync(at('file'), 'x')
    expect(await failed('--out', 'file')).toMatch(/EEXIST|ENOTDIR/)
    expect(await failed('--out', 'file/below')).toMatch(/ENOTDIR/)
    expect(await failed('--out', '/proc/1/nowhere')).toMatch(/ENOENT|EACCES/)
    expect(readFileSync(at('file'), 'utf8')).toBe('x')
  })

  test('a record, a file or a directory that is not there', async () => {
    expect(await failed('--compare', 'nowhere')).toMatch(/ENOENT: .* 'nowhere'/)
    expect(await failed('nowhere', '--out', 'new')).toMatch(/ENOENT: .*, benchmark 'nowhere'/)
    expect(await failed('--where', 'nowhere', '--out', 'new')).toMatch(/ENOENT: .*, benchmark 'nowhere'/)
    expect(existsSync(at('new'))).toBe(false)
  })

  test('a peer that is not there', async () => {
    expect(await failed(...SMALL, '--network=127.0.0.1:1')).toMatch(/ECONNREFUSED/)
  })

  testWithMounts('no room for the test files: told with the numbers before they are made', async () => {
    mkdirSync(at('small'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', at('small')])
    try {
      const needed = 'two test files of 10000000 bytes need 20000000 bytes, 4194304 are free'
      expect(await failed('--where', 'small', '--out', 'new')).toBe(
        `zero-copy-rs: ENOSPC: no space left on device, benchmark 'small' (${needed})\n`,
      )
      expect(readdirSync(at('small'))).toEqual([])
      expect(existsSync(at('new'))).toBe(false)
    } finally {
      execFileSync('umount', [at('small')])
    }
  })

  testWithMounts('an --out that is full: the benchmark ends, and its files are removed', async () => {
    mkdirSync(at('full'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', at('full')])
    try {
      expect(await failed(...SMALL, '--out', 'full')).toMatch(/ENOSPC/)
      expect(readdirSync(at('full')).filter((name) => name !== 'result.json')).toEqual([])
    } finally {
      execFileSync('umount', [at('full')])
    }
  })

  testWithMounts('an --out on a file system that is mounted read-only', async () => {
    mkdirSync(at('read-only'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', at('read-only')])
    try {
      expect(await failed('--out', 'read-only')).toMatch(/EROFS/)
      expect(await failed('--where', 'read-only')).toMatch(/EROFS: .*, benchmark 'read-only'/)
    } finally {
      execFileSync('umount', [at('read-only')])
    }
  })
})

test('without a binding it says so', async () => {
  const line = 'ZERO_COPY_RS_NATIVE=0 "$node" "$program" bench'
  const { status, stderr } = await runShell(line, { cwd: dir })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^zero-copy-rs: ERR_STRATEGY_UNAVAILABLE: .*\n$/)
})
