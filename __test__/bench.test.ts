// @once
// `zero-copy-rs bench`, as users start it.

import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchmarkResult } from '../index'
import { runProgram, startOnTerminal, startProgram } from './cli-program'
import { random } from './support/bytes'
import { mountOf, scratch } from './support/place'
import { isMaking } from './support/unnamed'

const dir = scratch('bench', mountOf('ext4') ?? undefined)
const at = (name: string) => join(dir, name)
const run = (...args: string[]) => runProgram(['bench', ...args], { cwd: dir })
const SMALL = ['--size', '10K', '--buffers', '64,1K', '--iterations', '2']
/** Minutes: two hundred million calls a run. */
const ENDLESS = ['--size', '100MB', '--buffers', '1', '--strategies', '1']

const recordIn = (directory: string): BenchmarkResult =>
  JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8'))
const testFiles = () => readdirSync(dir).filter((name) => name.startsWith('zero-copy-rs-bench-'))
afterEach(() => expect(testFiles()).toEqual([]))

test('prints where, a table, a plot and what was found, and writes the three files', async () => {
  const { status, stdout, stderr } = await run(...SMALL, '--out', 'a/result')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^random bytes, 10\.2 kB, disk to disk, /)
  for (const name of [
    'read_write',
    'mmap_write',
    'sendfile',
    'copy_file_range',
    'splice',
    'reflink',
    'auto',
  ]) {
    expect(stdout).toMatch(new RegExp(`^│ ${name} +│`, 'm'))
  }
  expect(stdout).toMatch(/^r read_write {3}m mmap_write {3}s sendfile/m)
  expect(stdout).toMatch(/^time.* against buffer size in bytes/m)
  expect(stdout).toMatch(/^auto picks /m)
  expect(stdout).not.toMatch(/(?![\n])\p{Cc}/u)
  expect(stdout).toMatch(/\nWritten: a\/result\/result\.json, .*report\.html, .*file_copy_analysis\.svg\n$/)
  expect(readdirSync(at('a/result')).sort()).toEqual(['file_copy_analysis.svg', 'report.html', 'result.json'])
  const record = recordIn(at('a/result'))
  expect(record).toMatchObject({ complete: true, formatVersion: 1, options: { buffers: [64, 1024] } })
  expect(record.finding.every((sentence) => stdout.includes(sentence))).toBe(true)
  for (const { strategy, syscalls } of record.rows) {
    if (strategy === 'mmap_write') expect(stdout).toContain(`pwrite64 ${syscalls.pwrite64} `)
  }
})

test('with --json prints the record alone', async () => {
  const { status, stdout, stderr } = await run(...SMALL, '--strategies', '3,auto', '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const result: BenchmarkResult = JSON.parse(stdout)
  expect(result).toMatchObject({ format: 'zero-copy-rs benchmark', complete: true, command: 'file' })
  expect(result.options.strategies).toEqual(['sendfile', 'auto'])
  expect(result.samples).toHaveLength(6)
})

test('measures a file of the caller’s, elsewhere, cold', async () => {
  writeFileSync(at('-mine'), random(1, 50_000))
  mkdirSync(at('elsewhere'))
  const args = ['--where', 'elsewhere', '--cold', '--buffers', '4K', '--iterations', '1', '--json']
  const { status, stdout } = await run(...args, '--', '-mine')
  expect(status).toBe(0)
  const { options, environment, samples, warnings } = JSON.parse(stdout)
  expect(options).toMatchObject({ file: '-mine', sizes: [50_000], cold: true })
  expect(environment.cache).toBe('cold')
  expect(readdirSync(at('elsewhere'))).toEqual([])
  const isAccounted = samples[0].report.deviceReads !== null
  expect(warnings.some(({ kind }: { kind: string }) => kind === 'cached')).toBe(!isAccounted)
})

test('sends over loopback, and to a receive elsewhere', async () => {
  const own = await run(...SMALL, '--strategies', '1,sendfile,reflink', '--json', '--network')
  const { command, environment, rows } = JSON.parse(own.stdout)
  expect({ command, route: environment.route.interface }).toEqual({ command: 'network', route: 'lo' })
  expect(rows.map(({ unavailable }: { unavailable: string | null }) => unavailable !== null)).toEqual([
    false,
    false,
    false,
    false,
    true,
  ])

  const receiver = startProgram(['receive', '--keep', 'kept', '-p', '0'], { cwd: dir })
  const port = await new Promise<string>((resolve) => {
    receiver.child.stderr?.on('data', () => {
      const found = /listening on [^ ]*:(\d+)/.exec(receiver.stderr)
      if (found) resolve(found[1] as string)
    })
  })
  const there = await run(...SMALL, '--strategies', 'splice,auto', `--network=127.0.0.1:${port}`)
  receiver.child.kill('SIGTERM')
  await receiver.ended()
  expect(there).toMatchObject({ status: 0, stderr: '' })
  expect(there.stdout).toMatch(/^random bytes, 10\.2 kB, file to socket, to 127\.0\.0\.1:\d+ by lo, /)
  const kept = readdirSync(at('kept')).map((name) => readFileSync(join(at('kept'), name)))
  expect(kept.map((bytes) => bytes.length)).toEqual([10_240, 10_240, 10_240, 10_240])
  expect(kept.every((bytes) => bytes.equals(kept[0] as Buffer))).toBe(true)
})

test('a terminal gets a bar with the runs and the time left, which is gone at the end', async () => {
  const line = `stty cols 120; "$node" "$program" bench ${SMALL.join(' ')} >table`
  const { status, stdout } = await startOnTerminal(line, { cwd: dir }).ended()
  expect(status).toBe(0)
  expect(stdout).toMatch(/\[[=-]{24}\] \d+%, \d+ of \d+ runs, [\w. ]+ left, read_write with 64/)
  expect(stdout.endsWith('\x1b[2K')).toBe(true)
  const quiet = await startOnTerminal(`${line} --quiet`, { cwd: dir }).ended()
  expect(quiet.stdout).toBe('')
})

describe('interrupted', () => {
  /** Resolves when the record has been replaced so often; then a run is under way. */
  const saved = (directory: string, times: number) =>
    new Promise<void>((resolve) => {
      let left = times
      const watcher = watch(directory)
      watcher.on('change', (_, name) => {
        if (name !== 'result.json' || --left > 0) return
        watcher.close()
        resolve()
      })
    })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s it keeps what was measured', async (name) => {
    mkdirSync(at(name))
    const many = ['--size', '1MB', '--buffers', '64', '--iterations', '100000', '--out', name]
    const bench = startProgram(['bench', ...many], { cwd: dir })
    await saved(at(name), 3)
    bench.child.kill(name)
    const { status, signal, stdout, stderr } = await bench.ended()
    expect({ status, signal }).toEqual({ status: null, signal: name })
    expect(stderr).toMatch(new RegExp(`^zero-copy-rs: stopped by ${name} after \\d+ of \\d+ runs\\n$`))
    expect(stdout).toMatch(/^│ read_write +│ +64 │/m)
    expect(stdout).toContain('Not complete: it was interrupted.')
    expect(readdirSync(at(name))).toEqual(['result.json'])
    const record = recordIn(at(name))
    expect(record.complete).toBe(false)
    expect(record.samples.length).toBe(Number(/after (\d+)/.exec(stderr)?.[1]))
  })

  test('before the first run is over it leaves nothing at all, not even its directory', async () => {
    const bench = startProgram(['bench', ...ENDLESS, '--out', 'none/below', '--json'], { cwd: dir })
    while (!isMaking(bench.child.pid as number, realpathSync(dir))) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    bench.child.kill('SIGINT')
    const { signal, stdout, stderr } = await bench.ended()
    expect({ signal, stderr }).toEqual({
      signal: 'SIGINT',
      stderr: 'zero-copy-rs: stopped by SIGINT before the first run\n',
    })
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ABORT_ERR' }, result: null })
    expect(existsSync(at('none'))).toBe(false)
  })

  test('by kill -9 it still leaves a valid record', async () => {
    mkdirSync(at('killed'))
    mkdirSync(at('killed-files'))
    const many = ['--size', '100K', '--iterations', '100000', '--where', 'killed-files', '--out', 'killed']
    const bench = startProgram(['bench', ...many], { cwd: dir })
    await saved(at('killed'), 5)
    bench.child.kill('SIGKILL')
    await bench.ended()
    const record = recordIn(at('killed'))
    expect(record).toMatchObject({ format: 'zero-copy-rs benchmark', complete: false })
    expect(record.samples.length).toBeGreaterThanOrEqual(5)
  })
})

test('a file that changes meanwhile ends it, with what was measured', async () => {
  writeFileSync(at('changing'), random(2, 1_000_000))
  mkdirSync(at('changed'))
  const bench = startProgram(
    ['bench', 'changing', '--buffers', '64', '--iterations', '9999', '--out', 'changed'],
    {
      cwd: dir,
    },
  )
  await new Promise<void>((resolve) => {
    const watcher = watch(at('changed'))
    watcher.on('change', (_, name) => {
      if (name !== 'result.json') return
      watcher.close()
      resolve()
    })
  })
  writeFileSync(at('changing'), 'shorter')
  const { status, stdout, stderr } = await bench.ended()
  expect(status).toBe(1)
  expect(stderr).toBe(
    "zero-copy-rs: ERR_SOURCE_CHANGED: The file was changed while it was measured, benchmark 'changing'\n",
  )
  expect(stdout).toContain('Not complete')
  expect(recordIn(at('changed')).complete).toBe(false)
})

test('is compared with an earlier record, row by row', async () => {
  await run(...SMALL, '--out', 'before')
  const plain = await run(...SMALL, '--compare', 'before/result.json')
  expect(plain.status).toBe(0)
  expect(plain.stdout).toMatch(/│ strategy +│ buffer │ +record │ +now │ ratio │ +spread │/)
  expect(plain.stdout).toMatch(/│ sendfile +│ +64 │ .* (within noise|faster|slower) +│/)
  const json = await run(...SMALL, '--compare', 'before/result.json', '--json')
  const { comparison, rows } = JSON.parse(json.stdout)
  expect(comparison.rows).toHaveLength(rows.length)
  const record = recordIn(at('before'))
  expect(comparison.rows[0]).toMatchObject({
    strategy: 'read_write',
    bufferSize: 64,
    recordMs: record.rows[0]?.durationMs?.median,
    nowMs: rows[0].durationMs.median,
  })
  expect(comparison.differences).toEqual([])
})
