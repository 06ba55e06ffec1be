import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { copyFile } from '../index'
import { difference, random, writeSparse } from './support/bytes'
import { root, saidIn } from './support/child'
import { descriptors, expectDescriptors } from './support/descriptors'
import { Fifo, turn } from './support/fifo'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('workers')
const at = (name: string) => join(directory, name)
const [source, endless] = [at('source'), at('endless')]
const content = random(1, 1_000_003)
writeFileSync(source, content)
/** Byte by byte it takes an hour: who waits for it to end has lost. */
writeSparse(endless, 2 ** 31, [])

const fifos: Fifo[] = []
const newFifo = () => {
  const fifo = new Fifo(at(`fifo-${fifos.length}`))
  fifos.push(fifo)
  return fifo
}
afterAll(() => {
  for (const fifo of fifos) fifo.close()
})

/** `slow` tells the parent when the first bytes have moved. */
const PRELUDE = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { copyFile, copyFileSync } = require(${JSON.stringify(root)})
  const { source, endless, directory, fifo, id, atomic } = workerData
  const slow = (to) => copyFile(endless, to, {
    atomic, strategy: 'read_write', sparse: 'never', bufferSize: 1, progressIntervalMs: 1,
    onProgress: ({ bytes }) => bytes > 0 && parentPort.postMessage('slow'),
  })
`

function start(body: string, data: object = {}): Worker {
  const script = `${PRELUDE};(async () => {${body}\n})()`
  return new Worker(script, { eval: true, workerData: { source, endless, directory, ...data } })
}

const exitOf = (worker: Worker) => new Promise<number>((resolve) => worker.once('exit', resolve))

/** Its first message; its error, if it has one before. */
const messageOf = (worker: Worker) =>
  new Promise<unknown>((resolve, reject) => worker.once('message', resolve).once('error', reject))

test('several workers and the main thread copy at once', async () => {
  const before = descriptors()
  const workers = Array.from({ length: 4 }, (_, id) =>
    start(
      `const all = Array.from({ length: 20 }, (_, n) => copyFile(source, directory + '/many-' + id + '-' + n))
      copyFileSync(source, directory + '/sync-' + id)
      parentPort.postMessage((await Promise.all(all)).map(({ bytes }) => bytes))`,
      { id },
    ),
  )
  const ours = Array.from({ length: 20 }, (_, n) => copyFile(source, at(`many-main-${n}`)))
  const ends = Promise.all(workers.map(exitOf))
  for (const bytes of await Promise.all(workers.map(messageOf))) {
    expect(bytes).toEqual(Array(20).fill(content.length))
  }
  expect((await Promise.all(ours)).map(({ bytes }) => bytes)).toEqual(Array(20).fill(content.length))
  expect(await ends).toEqual([0, 0, 0, 0])
  for (const who of [0, 1, 2, 3, 'main']) {
    for (let n = 0; n < 20; n++) expect(difference(at(`many-${who}-${n}`), content)).toBeNull()
    if (who !== 'main') expect(difference(at(`sync-${who}`), content)).toBeNull()
  }
  await expectDescriptors(before)
})

describe('worker.terminate() in the middle of a copy', () => {
  test('that waits closes what it held, and nobody waits for the reader', async () => {
    const fifo = newFifo()
    const before = descriptors()
    const worker = start('await copyFile(source, fifo)', { fifo: fifo.path })
    await fifo.firstBytes()
    expect(descriptors().length).toBeGreaterThan(before.length)
    expect(await worker.terminate()).toBe(1)
    await expectDescriptors(before)
  })

  test.each([
    ['in place removes the new file', false],
    ['leaves nothing: the file had no name yet', 'auto'],
  ])('that writes %s', async (_what, atomic) => {
    const worker = start('await slow(directory + "/unfinished")', { atomic })
    expect(await messageOf(worker)).toBe('slow')
    const found = existsSync(at('unfinished'))
    await worker.terminate()
    expect(found).toBe(atomic === false)
    expect(readdirSync(directory).filter((name) => /unfinished|zero-copy/.test(name))).toEqual([])
  })

  test('stops those that wait for their turn, and nothing of another thread', async () => {
    const [its, ours] = [newFifo(), newFifo()]
    const worker = start(
      `const all = Array.from({ length: 50 }, () => copyFile(source, fifo))
      all.push(slow(directory + '/queued'))
      parentPort.postMessage('begun')
      await Promise.all(all)`,
      { fifo: its.path },
    )
    await messageOf(worker)
    await its.firstBytes()
    const copy = copyFile(source, ours.path) // It waits in the queue behind the 50.
    await worker.terminate()
    let received = 0
    for (let settled = false; !settled; await turn()) {
      received += ours.read().length
      settled = (await Promise.race([copy, null])) !== null
    }
    received += ours.read().length
    expect(await copy).toMatchObject({ bytes: content.length })
    expect(received).toBe(content.length)
    expect(existsSync(at('queued'))).toBe(false)
  })

  test('again and again, at whatever moment', async () => {
    const before = descriptors()
    for (let turns = 0; turns < 12; turns++) {
      const worker = start(
        `for (let n = 0; n < 9; n++) slow(directory + '/again-' + n).catch(() => {})
        parentPort.postMessage('begun')`,
        { atomic: turns % 2 === 0 ? false : 'auto' },
      )
      await messageOf(worker)
      for (let i = 0; i < turns; i++) await turn()
      await worker.terminate()
      for (let n = 0; n < 9; n++) expect(existsSync(at(`again-${n}`))).toBe(false)
    }
    await expectDescriptors(before)
    rmSync(at('to'), { force: true })
    expect(await copyFile(source, at('to'))).toMatchObject({ bytes: content.length })
  })
})

describe('a worker', () => {
  test('that exits in the middle has its own code, and removes what it had begun', async () => {
    const body = 'slow(directory + "/left"); parentPort.postMessage("begun"); process.exit(5)'
    const worker = start(body, { atomic: false })
    expect(await exitOf(worker)).toBe(5)
    expect(existsSync(at('left'))).toBe(false)
  })

  test('that throws in the middle ends with that error, and removes what it had begun', async () => {
    const worker = start(
      `slow(directory + '/thrown').catch(() => {})
      parentPort.once('message', () => { throw new Error('thrown by the worker') })`,
      { atomic: false },
    )
    expect(await messageOf(worker)).toBe('slow')
    const error = new Promise((resolve) => worker.once('error', resolve))
    const exit = exitOf(worker)
    worker.postMessage('throw')
    expect(await error).toMatchObject({ message: 'thrown by the worker' })
    expect(await exit).toBe(1)
    expect(existsSync(at('thrown'))).toBe(false)
  })

  test('stays until a copy that nobody waits for is done, and no longer', async () => {
    const worker = start('copyFile(source, directory + "/unawaited")')
    expect(await exitOf(worker)).toBe(0)
    expect(difference(at('unawaited'), content)).toBeNull()
  })
})

describe('where only a worker has loaded the addon', () => {
  // The addon is unloaded with the last thread that loaded it, and the parked threads live on.
  const SOLE = `
    const { Worker } = require('node:worker_threads')
    const fifo = args[1] + '/sole-' + process.pid
    require('node:child_process').execFileSync('mkfifo', [fifo])
    const end = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK)
    const read = () => { try { return fs.readSync(end, Buffer.alloc(65536)) } catch { return 0 } }
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    async function begunAndEnded(body) {
      const worker = new Worker(
        'const { workerData: [from, fifo] } = require("node:worker_threads");' +
        'const { copyFile } = require(${JSON.stringify(root)});' + body,
        { eval: true, workerData: [args[0], fifo] })
      while (read() === 0) await turn()
      await worker.terminate()
      while (read() > 0);
    }
    const mapped = () => fs.readFileSync('/proc/self/maps', 'utf8').includes('zero-copy-rs')`

  /** Without the package on the main thread. */
  const sole = (body: string) => saidIn(SOLE + body, { args: [source, directory], bare: true })

  test('it is terminated while copies wait, and the main thread goes on and loads it itself', async () => {
    const said = await sole(`
      say(mapped())
      await begunAndEnded('for (let n = 0; n < 30; n++) copyFile(from, fifo).catch(() => {})')
      for (let n = 0; n < 100; n++) await turn()
      const { copyFile } = require(${JSON.stringify(root)})
      say((await copyFile(args[0], fifo + '-to')).bytes)`)
    expect(said).toEqual([false, content.length])
  })

  test('one after the other', async () => {
    const said = await sole(`
      for (let n = 0; n < 5; n++) await begunAndEnded('copyFile(from, fifo).catch(() => {}); copyFile(from, fifo)')
      say('still here')`)
    expect(said).toEqual(['still here'])
  })
})
