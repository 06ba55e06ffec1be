// @once
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from './cli-program'
import { nativeStrategies } from './support/native-strategies'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-start-test-'))
const temporary = mkdtempSync(join(dir, 'tmp-'))
afterAll(() => rmSync(dir, { recursive: true }))

const script = join(__dirname, '..', 'scripts', 'start.mjs')
const run = (flags: string[], env = {}) =>
  start(process.execPath, [...flags, script], { cwd: dir, env: { TMPDIR: temporary, ...env } }).ended()

const LINE = /^\S+ = \d+\.\d{3} sec\n/

test('npm start measures a real file by each strategy, with a receipt each, and leaves nothing', async () => {
  const { status, stdout, stderr } = await run([], { ZERO_COPY_RS_DISABLE: 'reflink' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const rows = stdout.split('\n').map((line) => line.split('│').map((cell) => cell.trim()))
  const titles = ['strategy', 'buffer', 'moving', '±', 'CPU', 'rate', 'copies', 'system calls']
  expect(rows.find((row) => row[1] === 'strategy')).toEqual(['', ...titles, ''])
  const of = (name: string) => rows.filter((row) => row[1] === name)
  for (const name of [...nativeStrategies, 'auto']) {
    const isOriginal = ['read_write', 'mmap_write', 'sendfile'].includes(name)
    expect([name, of(name).length]).toEqual([name, isOriginal ? 2 : 1])
  }
  expect(of('read_write')[0]).toEqual([
    '',
    'read_write',
    '64',
    expect.stringMatching(/^[\d.]+ m?s$/),
    expect.stringMatching(/^\d+ %$/),
    expect.stringMatching(/^[\d.]+ m?s$/),
    expect.stringMatching(/^[\d.]+ [MG]B\/s$/),
    '2',
    expect.stringMatching(/^pread64 \d+/),
    '',
  ])
  expect(of('reflink')[0]).toEqual(['', 'reflink', '', expect.stringContaining('ZERO_COPY_RS_DISABLE'), ''])
  expect(stdout).toMatch(/^time.* against buffer size in bytes/m)
  expect(stdout).toMatch(/^read_write (falls|is flat|rises) /m)
  expect(stdout).toMatch(/bench --out result\n$/)
  expect(readdirSync(temporary)).toEqual([])

  const copied =
    stdout.split('last copies:')[1]?.split('The same over loopback')[0]?.split('\n\n').slice(1, -1) ?? []
  expect(copied.map((text) => /^strategy +(\S+)$/m.exec(text)?.[1] ?? text.split(':')[0])).toEqual([
    ...nativeStrategies,
    expect.stringMatching(/^(copy_file_range|sendfile|read_write)$/),
  ])
  for (const text of copied.filter((text) => !text.startsWith('reflink'))) expect(text).toMatch(LINE)

  // A receipt for each that can write a socket; the line of the others says why not.
  const sends = stdout.split('over loopback')[1]?.split('\n\n').slice(1, -1) ?? []
  const copies = sends.map((text) => /^strategy +(\S+)$[\s\S]*^CPU copies +(\d+|unknown): ./m.exec(text))
  expect(sends.map((text, i) => copies[i]?.slice(1).join() ?? text.split(':')[0])).toEqual([
    'read_write,2',
    'mmap_write,1',
    'sendfile,0',
    'copy_file_range',
    'splice,0',
    'reflink',
    'direct',
    'stream,2',
    'sendfile,0',
  ])
  for (const text of sends.filter((_, i) => copies[i])) expect(text).toMatch(LINE)
})

test('without a binding npm start says so, and leaves nothing', async () => {
  const { status, stderr } = await run([], { ZERO_COPY_RS_NATIVE: '0' })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^npm start: ERR_STRATEGY_UNAVAILABLE: .*\n$/)
  expect(readdirSync(temporary)).toEqual([])
})

test('an interrupted npm start leaves nothing', async () => {
  // The first line it prints comes before the first copy; what is then sent is seen while that copy runs.
  const preload = join(dir, 'interrupt.cjs')
  writeFileSync(
    preload,
    `const { log } = console
    console.log = (...args) => { console.log = log; log(...args); process.kill(process.pid, 'SIGTERM') }`,
  )
  const { status, signal, stdout } = await run(['--require', preload])
  expect({ status, signal }).toEqual({ status: null, signal: 'SIGTERM' })
  expect(stdout.split('\n')).toHaveLength(2)
  expect(readdirSync(temporary)).toEqual([])
})
