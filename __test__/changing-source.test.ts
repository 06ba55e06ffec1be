// A source that becomes shorter or longer while it is copied: into a FIFO, which says how far the copy can be.

import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyFile, type Strategy } from '../index'
import { random } from './support/bytes'
import { Fifo, turn } from './support/fifo'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('changing-source')
const at = (name: string) => join(directory, name)
const source = at('source')
const content = random(1, 5_000_003)
const ways: (Strategy | undefined)[] = [undefined, 'read_write', 'mmap_write', 'sendfile', 'splice']
let fifo: Fifo
let number = 0

beforeEach(() => {
  writeFileSync(source, content)
  fifo = new Fifo(at(`fifo-${number++}`))
})
afterEach(() => fifo.close())

/** Everything that arrives, when the source was changed after the first bytes; and the outcome. */
async function changed(strategy: Strategy | undefined, change: () => void, options = {}) {
  let outcome: unknown = null
  const copy = copyFile(source, fifo.path, { strategy, ...options }).then(
    (report) => {
      outcome = report
    },
    (error) => {
      outcome = error
    },
  )
  const pieces = [await fifo.firstBytes()]
  change()
  for (; outcome === null; await turn()) pieces.push(fifo.read())
  await copy
  for (let piece = fifo.read(); piece.length > 0; piece = fifo.read()) pieces.push(piece)
  return { received: Buffer.concat(pieces), outcome }
}

test.each(ways)('by %s: one that becomes shorter is ERR_SOURCE_TRUNCATED', async (strategy) => {
  const { received, outcome } = await changed(strategy, () => truncateSync(source, 2_000_000))
  expect(outcome).toMatchObject({
    name: 'ZeroCopyError',
    code: 'ERR_SOURCE_TRUNCATED',
    path: source,
    dest: fifo.path,
    bytes: received.length,
  })
  expect('errno' in (outcome as Error)).toBe(false)
  expect(received.length).toBeLessThanOrEqual(2_000_000)
  expect(received.equals(content.subarray(0, received.length))).toBe(true)
})

test.each(ways)('by %s: one that becomes empty is, too', async (strategy) => {
  const { received, outcome } = await changed(strategy, () => truncateSync(source, 0))
  expect(outcome).toMatchObject({ code: 'ERR_SOURCE_TRUNCATED', bytes: received.length })
  expect(received.equals(content.subarray(0, received.length))).toBe(true)
})

test.each(ways)('by %s: what is appended is not copied', async (strategy) => {
  const { received, outcome } = await changed(strategy, () => appendFileSync(source, 'appended'))
  expect(outcome).toMatchObject({ bytes: content.length })
  expect(received.equals(content)).toBe(true)
})

test.each(ways)('by %s: behind the range, nobody minds', async (strategy) => {
  const options = { offset: 1000, length: 1_000_000 }
  const { received, outcome } = await changed(strategy, () => truncateSync(source, 1_001_000), options)
  expect(outcome).toMatchObject({ bytes: 1_000_000 })
  expect(received.equals(content.subarray(1000, 1_001_000))).toBe(true)
})

test('one that becomes shorter leaves no new file, and an old one as it was, or in place its name', async () => {
  const slow = (to: string, atomic: boolean) => {
    writeFileSync(source, content)
    return copyFile(source, to, {
      atomic,
      strategy: 'read_write',
      bufferSize: 7,
      progressIntervalMs: 1,
      onProgress: ({ bytes }) => bytes > 0 && truncateSync(source, bytes),
    })
  }
  for (const atomic of [true, false]) {
    await expect(slow(at('new'), atomic)).rejects.toMatchObject({ code: 'ERR_SOURCE_TRUNCATED' })
    expect(existsSync(at('new'))).toBe(false)
    writeFileSync(at('old'), 'old content')
    const error = await slow(at('old'), atomic).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_SOURCE_TRUNCATED', attempts: [{ outcome: 'failed' }] })
    const left = readFileSync(at('old'))
    if (atomic) expect(left.toString()).toBe('old content')
    // In place: what was copied is there.
    else expect(left.subarray(0, error.bytes)).toEqual(content.subarray(0, error.bytes))
    rmSync(at('old'))
  }
})
