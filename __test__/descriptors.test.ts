import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { copyFile, copyFileSync } from '../index'
import { random } from './support/bytes'
import { saidIn } from './support/child'
import { descriptors } from './support/descriptors'
import { Fifo } from './support/fifo'
import { nativeStrategies as strategies } from './support/native-strategies'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('descriptors')
const at = (name: string) => join(directory, name)
const source = at('source')
const SIZE = 1_000_003
writeFileSync(source, random(1, SIZE))

/** In a process of its own: nobody else's descriptors, threads and memory are counted. */
const COUNTING = `
  const [source, directory] = args
  const to = (n) => directory + '/many-' + n
  const counts = () => ({
    descriptors: fs.readdirSync('/proc/self/fd').length,
    threads: fs.readdirSync('/proc/self/task').length,
  })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const many = (copy) => Promise.all(Array.from({ length: 200 }, (_, n) => copy(n)))
  const ours = () => fs.readdirSync('/proc/self/task')
    .filter((id) => fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8') === 'zero-copy\\n').length
`

const count = <T>(body: string, options: Parameters<typeof saidIn>[1] = {}) =>
  saidIn<T>(COUNTING + body, { ...options, args: [source, directory] })

afterEach(() => {
  for (let n = 0; n < 200; n++) rmSync(at(`many-${n}`), { force: true })
})

/** Few enough that a descriptor for each waiting copy would be too many, with what Node itself has open. */
const limited = ['prlimit', '--nofile=512:512']

describe('200 copies at once', () => {
  test('leave descriptors, threads and memory as they were', async () => {
    const body = `
      await many((n) => copyFile(source, to(n))) // the workers are there, and every lazy thing is loaded
      await settle()
      gc()
      const before = { ...counts(), rss: process.memoryUsage.rss() }
      for (let round = 0; round < 3; round++) {
        for (const strategy of ['read_write', 'mmap_write', 'sendfile', 'splice', undefined]) {
          const reports = await many((n) => copyFile(source, to(n), { strategy, onProgress() {} }))
          if (reports.some(({ bytes }) => bytes !== ${SIZE})) throw new Error('bytes')
        }
      }
      await settle()
      gc()
      say({ before, after: { ...counts(), rss: process.memoryUsage.rss() } })`
    type Counts = Record<'descriptors' | 'threads' | 'rss', number>
    const [said] = await count<{ before: Counts; after: Counts }>(body, { flags: ['--expose-gc'] })
    const { before, after } = said as NonNullable<typeof said>
    expect(after).toMatchObject({ descriptors: before.descriptors, threads: before.threads })
    // 3000 copies of 1 MB: one lost buffer or mapping in fifty would be more.
    expect(after.rss - before.rss).toBeLessThan(40 * 2 ** 20)
  })

  test('pass under ulimit -n 512, by path', async () => {
    const body = `
      say(fs.readFileSync('/proc/self/limits', 'utf8').match(/^Max open files +(\\d+)/m)[1])
      const reports = await many((n) => copyFile(source, to(n), { strategy: 'splice' }))
      say(reports.map(({ bytes }) => bytes).filter((bytes) => bytes === ${SIZE}).length)`
    expect(await count(body, { command: limited })).toEqual(['512', 200])
  })

  test('pass under it from one FileHandle, and from 200 that are closed at once', async () => {
    const body = `
      const one = await fs.promises.open(source)
      const before = counts().descriptors
      await many((n) => copyFile(one, to(n)))
      await settle()
      say(counts().descriptors - before)
      await one.close()

      const handles = await many(() => fs.promises.open(source))
      const copies = handles.map((handle, n) => copyFile(handle, to(n)))
      await Promise.all(handles.map((handle) => handle.close()))
      const reports = await Promise.all(copies)
      say(reports.filter(({ bytes }) => bytes === ${SIZE}).length)
      say(counts().descriptors - before + 1)`
    expect(await count(body, { command: limited })).toEqual([0, 200, 0])
  })

  test('of which each fails close everything too, and of which each is aborted', async () => {
    const body = `
      await copyFile(source, to(0))
      await settle()
      const before = counts()
      const failed = await many((n) => copyFile(source, '/nope/' + n).catch(({ code }) => code))
      say([...new Set(failed)])
      const controller = new AbortController()
      const { signal } = controller
      require('node:events').setMaxListeners(0, signal) // Node 20 warns of more than ten.
      const slow = many((n) => copyFile(source, to(n), { strategy: 'read_write', bufferSize: 1, signal })
        .catch(({ code }) => code))
      await settle()
      controller.abort()
      say([...new Set(await slow)])
      await settle()
      const after = counts()
      say(after.descriptors - before.descriptors)
      say(fs.readdirSync(directory).filter((name) => /^many-[1-9]/.test(name)))`
    expect(await count(body)).toEqual([['ENOENT'], ['ABORT_ERR'], 0, []])
  })
})

test('where no descriptor is left, that is the error, and the next copy works', async () => {
  const body = `
    await copyFile(source, to(0))
    const fd = fs.openSync(source)
    const held = []
    try { for (;;) held.push(fs.openSync('/dev/null')) } catch ({ code }) { say(code) }
    for (const from of [source, fd]) {
      say(await copyFile(from, to(1)).catch(({ code }) => code))
      try { copyFileSync(from, to(1)) } catch ({ code }) { say(code) }
    }
    for (const spare of [1, 2, 3, 4]) {
      fs.closeSync(held.pop())
      const codes = new Set()
      for (const strategy of strategies) {
        if (strategy === 'reflink') continue
        fs.rmSync(to(1), { force: true })
        codes.add(await copyFile(source, to(1), { strategy }).then(() => 'done', ({ code }) => code))
      }
      say([...codes].sort())
      if (spare === 1) say(fs.existsSync(to(1)))
    }
    held.forEach((each) => fs.closeSync(each))
    say((await copyFile(fd, to(1))).bytes)`
  const emfile = 'EMFILE'
  expect(await count(body, { command: ['prlimit', '--nofile=64:64'] })).toEqual([
    emfile,
    ...Array(4).fill(emfile),
    [emfile],
    false,
    [emfile],
    // Three are enough for all but splice, which needs a pipe besides: the destination's directory is held open.
    [emfile, 'done'].sort(),
    [emfile, 'done'].sort(),
    SIZE,
  ])
})

describe('threads', () => {
  /** Each of ten copies waits for a reader that never comes, and keeps a worker. */
  const waiting = `
    const { execFileSync } = require('node:child_process')
    const controller = new AbortController()
    const fifos = Array.from({ length: 10 }, (_, n) => to(n))
    execFileSync('mkfifo', fifos)
    const ends = fifos.map((path) => fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NONBLOCK))
    const begun = new Set()
    const copies = fifos.map((path, n) => copyFile(source, path, {
      signal: controller.signal, progressIntervalMs: 1, onProgress: ({ bytes }) => bytes > 0 && begun.add(n),
    }).catch(({ code }) => code))
    const limit = Number(process.env.LIMIT)
    while (begun.size < limit) await new Promise((resolve) => setTimeout(resolve, 1))
    await copyFile(source, to(99), { signal: AbortSignal.timeout(20) }).catch(({ code }) => say(code))
    say([begun.size, ours()])
    controller.abort()
    say([...new Set(await Promise.all(copies))])
    say((await copyFile(source, to(99))).bytes)
    say(ours())`

  test.each(['1', '3', '7'])('ZERO_COPY_RS_THREADS=%s bounds them', async (threads) => {
    const env = { ZERO_COPY_RS_THREADS: threads, LIMIT: threads }
    const all = Number(threads)
    expect(await count(waiting, { env })).toEqual(['ABORT_ERR', [all, all], ['ABORT_ERR'], SIZE, all])
  })

  test('are not made for the synchronous form', async () => {
    expect(await count('copyFileSync(source, to(0)); say(ours())')).toEqual([0])
  })
})

describe('one copy leaves no descriptor', () => {
  beforeAll(() => {
    mkdirSync(at('folder'))
    writeFileSync(at('empty'), '')
    symlinkSync(at('loop'), at('loop'))
  })

  type Copies = [what: string, source: string, destination: string, options?: object][]
  const copies: Copies = [
    ...strategies.map((strategy): Copies[number] => [strategy, source, at('to'), { strategy }]),
    ['auto', source, at('to')],
    ['an empty file', at('empty'), at('to')],
    ['the same file', source, source],
    ['a generated file', '/proc/version', at('generated')],
    ['a device', '/dev/zero', at('to'), { length: 10 }],
    ['a device without a length', '/dev/zero', at('to')],
    ['no source', at('nope'), at('to')],
    ['a directory as source', at('folder'), at('to')],
    ['a directory as destination', source, at('folder')],
    ['a destination in no directory', source, at('nope/to')],
    ['a destination that exists', source, at('empty'), { overwrite: false }],
    ['a link in a circle as destination', source, at('loop')],
    ['a range beyond the end', source, at('to'), { offset: SIZE + 1 }],
    ['two strategies of which the first is refused', source, at('to'), { strategy: ['reflink', 'splice'] }],
    ['a full device', source, '/dev/full'],
  ]

  test.each(copies)('%s', async (_what, from, to, options = {}) => {
    const before = descriptors()
    await copyFile(from, to, options).catch(() => {})
    expect(descriptors()).toEqual(before)
    try {
      copyFileSync(from, to, options)
    } catch {}
    expect(descriptors()).toEqual(before)
    rmSync(at('generated'), { force: true })
  })

  test('an abort while it waits, with a descriptor of ours and one of the caller', async () => {
    const before = descriptors()
    const fifo = new Fifo(at('fifo'))
    const handle = await open(source)
    const controller = new AbortController()
    const open_ = descriptors()
    const copy = copyFile(handle, fifo.path, { signal: controller.signal })
    await fifo.firstBytes()
    expect(descriptors().length).toBeGreaterThan(open_.length)
    controller.abort()
    await expect(copy).rejects.toMatchObject({ name: 'AbortError', bytes: expect.any(Number) })
    expect(descriptors()).toEqual(open_)
    await handle.close()
    fifo.close()
    expect(descriptors()).toEqual(before)
  })
})
