// A process that ends in the middle of a benchmark leaves no test files, but by kill -9, and then a valid record.

import { readdirSync } from 'node:fs'
import { inChild, root } from './support/child'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('benchmark-exit')
afterEach(() => expect(readdirSync(directory)).toEqual([]))

const SCRIPT = `
  const { benchmark } = require(${JSON.stringify(root)})
  const { readdirSync, readlinkSync } = fs
  const where = args[0]
  const small = (options) => benchmark({ where, size: 10_000, strategies: ['read_write'], ...options })
  // 100 million calls: minutes
  const endless = () => benchmark({ where, size: 50_000_000, buffers: [1], strategies: ['read_write'] })
  // what is not whole has no name
  const isCopying = () => readdirSync('/proc/self/fd').some((fd) => {
    try {
      const path = readlinkSync('/proc/self/fd/' + fd)
      return path.startsWith(where) && path.includes('/#')
    } catch { return false }
  })
`
const run = (body: string) => inChild(SCRIPT + body, { args: [directory] })

test.each<[string, string, number, string]>([
  ['process.exit between two runs', 'small({ onProgress: () => process.exit(3) })', 3, ''],
  [
    'an uncaught exception',
    "small({ onProgress: () => setImmediate(() => { throw 'a tantrum' }) })",
    1,
    'tantrum',
  ],
  [
    'process.exit in the middle of a run',
    `endless().catch(() => {})
     while (!isCopying()) await new Promise((resolve) => setImmediate(resolve))
     process.exit(4)`,
    4,
    '',
  ],
])('%s', async (_, body, status, stderr) => {
  const ended = await run(body)
  expect(ended).toMatchObject({ status, signal: null })
  expect(ended.stderr).toContain(stderr)
})

test('a worker that is terminated in the middle of a run leaves none either', async () => {
  const { status, stderr } = await run(`
    const { Worker } = require('node:worker_threads')
    const code = 'require(' + JSON.stringify(${JSON.stringify(root)}) + ").benchmark({ where: require('node:worker_threads').workerData, "
      + "size: 50_000_000, buffers: [1], strategies: ['read_write'] })"
    const worker = new Worker(code, { eval: true, workerData: where })
    worker.on('error', (error) => { throw error })
    while (!isCopying()) await new Promise((resolve) => setImmediate(resolve))
    await worker.terminate()
    while (readdirSync(where).length > 0) await new Promise((resolve) => setImmediate(resolve))`)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('a benchmark that is under way keeps the process alive, and one that is over does not', async () => {
  const { status, stdout } = await run('small().then((result) => say(result.complete))')
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'true\n' })
})
