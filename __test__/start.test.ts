// @once
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strategies } from '../index'
import { start } from './cli-program'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-start-test-'))
const temporary = mkdtempSync(join(dir, 'tmp-'))
afterAll(() => rmSync(dir, { recursive: true }))

const script = join(__dirname, '..', 'scripts', 'start.mjs')
const run = (flags: string[], env = {}) =>
  start(process.execPath, [...flags, script], { cwd: dir, env: { TMPDIR: temporary, ...env } }).ended()

test('npm start copies a real file by each strategy, and leaves nothing', async () => {
  const { status, stdout, stderr } = await run([], { ZERO_COPY_RS_DISABLE: 'reflink' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const rows = stdout.split('\n').map((line) => line.split('│').map((cell) => cell.trim()))
  expect(rows[2]).toEqual(['', 'strategy', 'bytes', 'wall', 'CPU', 'system calls', 'CPU copies', 'rate', ''])
  for (const name of strategies) expect(rows.filter((row) => row[1] === name)).toHaveLength(1)
  const named = (name: string) => rows.find((row) => row[1]?.startsWith(name))
  expect(named('read_write')).toEqual([
    '',
    'read_write',
    expect.stringMatching(/^\d+$/),
    expect.stringMatching(/^[\d.]+ m?s$/),
    expect.stringMatching(/^[\d.]+ m?s$/),
    expect.stringMatching(/^pread64 \d+, pwrite64 \d+(, fallocate 1)?$/),
    '2',
    expect.stringMatching(/^[\d.]+ [MG]B\/s$/),
    '',
  ])
  expect(named('reflink')).toEqual(['', 'reflink', expect.stringContaining('ZERO_COPY_RS_DISABLE'), ''])
  expect(named('auto: ')?.[2]).toBe(named('read_write')?.[2])
  expect(stdout).toMatch(/README\.md[^\n]*\n$/)
  expect(readdirSync(temporary)).toEqual([])

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
  for (const text of sends.filter((_, i) => copies[i])) expect(text).toMatch(/^\S+ = \d+\.\d{3} sec\n/)
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
