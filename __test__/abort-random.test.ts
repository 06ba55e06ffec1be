import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type CopyOptions, copyFile, type TransferReport } from '../index'
import { random } from './support/bytes'
import { descriptors } from './support/descriptors'
import { turn } from './support/fifo'
import { scratch } from './support/place'

jest.setTimeout(process.env.ZERO_COPY_RS_TEST_LONG ? 600_000 : 60_000)

const ROUNDS = process.env.ZERO_COPY_RS_TEST_LONG ? 3000 : 150
/** To repeat a run: ZERO_COPY_RS_TEST_SEED=… */
const SEED = Number(process.env.ZERO_COPY_RS_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32))

const directory = scratch('abort-random')
const at = (name: string) => join(directory, name)
const content = random(1, 2_000_003)
writeFileSync(at('source'), content)

/** mulberry32 */
let state = SEED
function below(limit: number): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
  return ((t ^ (t >>> 14)) >>> 0) % limit
}

const pick = <T>(all: readonly T[]): T => all[below(all.length)] as T

function options(signal: AbortSignal): CopyOptions {
  const strategy = pick(['read_write', 'read_write', 'mmap_write', 'sendfile', 'splice', 'auto'] as const)
  const progress = below(2) === 0 ? {} : { onProgress: () => {}, progressIntervalMs: 1 }
  const atomic = pick([undefined, 'auto', true, false] as const)
  const durable = below(10) === 0
  // who makes holes of zeroes has to look at them
  const looks = ['read_write', 'auto'].includes(strategy)
  const sparse = pick(['auto', looks ? 'always' : 'auto', 'never'] as const)
  return { strategy, bufferSize: 64 + below(8192), signal, atomic, durable, sparse, ...progress }
}

/** From a path or from a FileHandle, to a new name or over an old file, stopped in one of the next turns. */
async function round(name: string): Promise<'whole' | 'aborted'> {
  const to = at(name)
  const isNew = below(3) > 0
  if (!isNew) writeFileSync(to, 'old content')
  const handle = below(3) === 0 ? await open(at('source')) : null
  const controller = new AbortController()
  const chosen = options(controller.signal)
  const copy = copyFile(handle ?? at('source'), to, chosen).then(
    (report) => report,
    (error) => error,
  )
  const latest = pick([1, 5, 40, 400, null])
  if (latest === null) await copy
  else for (let turns = below(latest); turns > 0; turns--) await turn()
  controller.abort()
  const outcome: TransferReport | Error = await copy
  await handle?.close()
  try {
    if (!(outcome instanceof Error)) {
      expect(outcome.bytes).toBe(content.length)
      expect(readFileSync(to).equals(content)).toBe(true)
      return 'whole'
    }
    expect(outcome).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', bytes: expect.any(Number) })
    expect(existsSync(to)).toBe(!isNew)
    if (!isNew && chosen.atomic !== false) expect(readFileSync(to, 'utf8')).toBe('old content')
    return 'aborted'
  } finally {
    rmSync(to, { force: true })
  }
}

test(`an abort at any moment: the copy is whole, or there is none (seed ${SEED})`, async () => {
  const before = descriptors()
  const ends = { whole: 0, aborted: 0 }
  for (let n = 0; n < ROUNDS; n++) ends[await round('one')]++
  for (let n = 0; n < ROUNDS; n += 10) {
    const together = await Promise.all(Array.from({ length: 10 }, (_, i) => round(`many-${i}`)))
    for (const end of together) ends[end]++
  }
  expect(ends.whole + ends.aborted).toBe(2 * ROUNDS)
  expect(ends.aborted).toBeGreaterThan(0)
  expect(ends.whole).toBeGreaterThan(0)
  expect(readdirSync(directory)).toEqual(['source'])
  expect(descriptors()).toEqual(before)
})
