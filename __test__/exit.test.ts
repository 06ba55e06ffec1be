// How a process ends in the middle of copies.

import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { difference, random, writeSparse } from './support/bytes'
import { type ChildOptions, inChild, said } from './support/child'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('exit')
const at = (name: string) => join(directory, name)
const content = random(1, 1_000_003)
writeFileSync(at('source'), content)
/** Byte by byte it takes an hour: a process that waited for it would be killed by the test's timeout. */
writeSparse(at('endless'), 2 ** 31, [])

const SCRIPT = `
  const [source, endless, directory, atomic] = args
  const to = (name) => directory + '/' + name
  const slow = (name, options) =>
    copyFile(endless, to(name), { atomic: atomic === 'auto' ? 'auto' : false,
      strategy: 'read_write', sparse: 'never', bufferSize: 1, progressIntervalMs: 1, ...options })
  /** Copies that run, one that waits for a reader, and many that wait for their turn; resolves when all that is so. */
  async function underWay() {
    const fifo = to('fifo-' + process.pid)
    require('node:child_process').execFileSync('mkfifo', [fifo])
    const end = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK)
    copyFile(source, fifo)
    await new Promise((resolve) => slow('new-0', { onProgress: ({ bytes }) => bytes > 0 && resolve() }))
    for (let n = 1; n < 50; n++) slow('new-' + n)
    while (true) {
      try { fs.readSync(end, Buffer.alloc(1)); break } catch {}
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
`

/** In place, where there is a name to be removed, or whole. */
type Atomic = 'auto' | 'false'

const run = (body: string, options: ChildOptions = {}, atomic: Atomic = 'false') =>
  inChild(SCRIPT + body, {
    env: { ZERO_COPY_RS_THREADS: '4' },
    ...options,
    args: [at('source'), at('endless'), directory, atomic],
  })

const isTemporary = (name: string) => name.startsWith('.zero-copy-rs-')

afterEach(() => {
  const unfinished = readdirSync(directory).filter((name) => name.startsWith('new-'))
  for (const name of unfinished) rmSync(at(name))
  expect(unfinished).toEqual([])
  expect(readdirSync(directory).filter(isTemporary)).toEqual([])
})

describe('process.exit() in the middle of copies', () => {
  test.each([
    ['false', true],
    ['auto', false],
  ] as const)('keeps its code, and leaves no part of a new file (atomic: %s)', async (atomic, isThere) => {
    const body = `await underWay(); say(fs.readdirSync(directory).includes('new-0')); process.exit(7)`
    expect(await run(body, {}, atomic)).toEqual({
      status: 7,
      signal: null,
      stdout: `${isThere}\n`,
      stderr: '',
    })
  })

  test('just after they were called', async () => {
    expect(await run(`for (let n = 0; n < 9; n++) slow('new-' + n); process.exit(0)`)).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: '',
    })
  })

  test('from a callback of ours', async () => {
    const body = `slow('new-0', { onProgress: () => process.exit(3) }); copyFile(source, to('done')).then(() => {})`
    expect(await run(body)).toMatchObject({ status: 3, signal: null, stderr: '' })
  })

  test('again and again, at whatever moment', async () => {
    const body = (turns: number) => `
      for (let n = 0; n < 9; n++) slow('new-' + n)
      for (let n = 0; n < ${turns}; n++) await new Promise((resolve) => setImmediate(resolve))
      process.exit(${turns})`
    const all = await Promise.all([1, 2, 5, 10, 20, 50].map((turns) => run(body(turns))))
    expect(all.map(({ status, signal, stderr }) => [status, signal, stderr])).toEqual(
      [1, 2, 5, 10, 20, 50].map((turns) => [turns, null, '']),
    )
  })

  test('runs its exit listeners first', async () => {
    const ended = await run(`process.on('exit', (code) => say(code)); await underWay(); process.exit(9)`)
    expect(ended).toEqual({ status: 9, signal: null, stdout: '9\n', stderr: '' })
  })
})

describe('an exception that nobody catches', () => {
  test('in the middle of copies is all that is said, and leaves no part of a new file', async () => {
    const ended = await run(`await underWay(); setImmediate(() => { throw new Error('thrown by the user') })`)
    expect(ended).toMatchObject({ status: 1, signal: null, stdout: '' })
    expect(ended.stderr).toMatch(/Error: thrown by the user\n/)
    expect(ended.stderr).not.toMatch(/panic|FATAL|napi/i)
  })

  test('where a copy was awaited does not harm the next', async () => {
    const ended = await run(`
      process.on('uncaughtException', ({ message }) => say(message))
      process.on('unhandledRejection', ({ code, message }) => say(code ?? message))
      copyFile(source, to('done')).then(() => { throw new Error('in then') })
      copyFile(source, to('done'), { onProgress() { throw new Error('in onProgress') } })
      copyFile('/nope', to('done'))
      setTimeout(() => copyFile(source, to('done')).then(({ bytes }) => say(bytes)), 50)`)
    expect(ended).toMatchObject({ status: 0, signal: null, stderr: '' })
    expect(said(ended).map(String).sort()).toEqual([
      `${content.length}`,
      'ENOENT',
      'in onProgress',
      'in then',
    ])
  })

  test('a rejection that nobody handles ends the process as any does', async () => {
    const ended = await run(`copyFile('/nope', to('done'))`)
    expect(ended).toMatchObject({ status: 1, signal: null, stdout: '' })
    expect(ended.stderr).toMatch(/ZeroCopyError: ENOENT: no such file or directory, copyfile '\/nope' -> '/)
  })
})

describe('a process', () => {
  test('stays until a copy that nobody waits for is done', async () => {
    const ended = await run(`copyFile(source, to('unawaited'))`)
    expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
    expect(difference(at('unawaited'), content)).toBeNull()
  })

  test('ends when nothing is left to do, though its threads are parked', async () => {
    const ended = await run(`
      await Promise.all(Array.from({ length: 50 }, (_, n) => copyFile(source, to('done-' + n))))
      await probe(directory)
      await copyFile('/nope', to('done')).catch(() => {})
      const controller = new AbortController()
      const copy = slow('new-0', { signal: controller.signal }).catch(({ code }) => say(code))
      setImmediate(() => controller.abort())
      await copy
      process.on('exit', () => say(process._getActiveHandles().length))`)
    expect(ended).toMatchObject({ status: 0, signal: null, stderr: '' })
    expect(said(ended)).toEqual(['ABORT_ERR', 0])
  })

  test('ends by the signal that ends it', async () => {
    // What it had begun stays, as from any program that is killed: in place there is nobody to remove it.
    const body = `await underWay(); for (const name of fs.readdirSync(directory)) {
      if (name.startsWith('new-')) fs.rmSync(to(name)) } process.kill(process.pid, 'SIGTERM')
      await new Promise(() => setInterval(() => {}, 1000))`
    expect(await run(body, { env: { ZERO_COPY_RS_THREADS: '2' } })).toMatchObject({
      status: null,
      signal: 'SIGTERM',
    })
    expect(existsSync(at('source'))).toBe(true)
  })

  test.each(['SIGTERM', 'SIGKILL'])(
    'that %s ends leaves nothing of a file that had no name yet',
    async (signal) => {
      const body = `await underWay(); process.kill(process.pid, '${signal}')
      await new Promise(() => setInterval(() => {}, 1000))`
      expect(await run(body, {}, 'auto')).toMatchObject({ status: null, signal })
    },
  )
})
