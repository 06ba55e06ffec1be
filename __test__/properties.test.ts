import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { type CopyOptions, copyFile, copyFileSync, type Strategy } from '../index'
import { random } from './support/bytes'
import { nativeStrategies as strategies } from './support/native-strategies'
import { type Route, routes } from './support/route'

jest.setTimeout(process.env.ZERO_COPY_RS_TEST_LONG ? 600_000 : 60_000)

/** Of all routes together. */
const RUNS = process.env.ZERO_COPY_RS_TEST_LONG ? 30_000 : 800
const LARGEST = 300_000

/** Sizes about which something changes, and any other. */
const size = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 1, 4095, 4096, 4097, 65_536, 65_537, 131_072, 262_144, 262_145),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: LARGEST }) },
)

const strategy = fc.constantFrom<Strategy>(...strategies)

const copy = fc.record({
  size,
  /** Of the destination, if it is there. */
  before: fc.option(size),
  offset: fc.option(size),
  length: fc.option(size),
  bufferSize: fc.option(fc.oneof(fc.integer({ min: 20, max: 5000 }), fc.integer({ min: 1, max: 2 ** 40 }))),
  strategy: fc.oneof(
    fc.constant('auto' as const),
    strategy,
    fc.array(strategy, { minLength: 1, maxLength: 4 }),
  ),
  reflink: fc.constantFrom('auto' as const, 'never' as const),
  form: fc.constantFrom('promise', 'synchronous', 'descriptor'),
})

type Copy = typeof copy extends fc.Arbitrary<infer T> ? T : never

const content = random(1, LARGEST)
const old = random(2, LARGEST)

const all = routes('properties')

test.each(all.map((route) => [route.name, route] as const))(
  '%s: whatever is asked for, the range arrives, or nothing is touched',
  async (_name, route) => {
    const property = fc.asyncProperty(copy, (wanted) => holds(route, wanted))
    // fast-check prints the seed and the smallest counterexample.
    await fc.assert(property, { numRuns: RUNS / all.length })
  },
)

async function holds(route: Route, wanted: Copy): Promise<void> {
  const [source, destination] = [join(route.from, 'source'), join(route.to, 'destination')]
  const { size, before, offset, length } = wanted
  writeFileSync(source, content.subarray(0, size))
  rmSync(destination, { force: true })
  if (before !== null) writeFileSync(destination, old.subarray(0, before))

  const outcome = await run(source, destination, wanted).catch((error: NodeJS.ErrnoException) => error)

  if (outcome instanceof Error) {
    const isBeyond = (offset ?? 0) + (length ?? 0) > size
    if (outcome.code === 'ERR_OUT_OF_RANGE') expect(isBeyond).toBe(true)
    else expect([outcome.code, mayRefuse(wanted)]).toEqual(['ERR_STRATEGY_UNAVAILABLE', true])
    expect(existsSync(destination)).toBe(before !== null)
    if (before !== null) expect(readFileSync(destination).equals(old.subarray(0, before))).toBe(true)
    return
  }
  const from = offset ?? 0
  const oracle = content.subarray(from, length === null ? size : from + length)
  expect(readFileSync(destination).equals(oracle)).toBe(true)
  expect(outcome.bytes).toBe(oracle.length)
  expect(outcome.attempts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(oracle.length)
  if (oracle.length === 0) expect(outcome.strategy).toBeNull()
  else expect(listed(wanted.strategy)).toContain(outcome.strategy)
  if (wanted.reflink === 'never') expect(outcome.bytesShared).toBe(0)
}

async function run(source: string, destination: string, wanted: Copy) {
  const { form, strategy, reflink } = wanted
  const options: CopyOptions = { strategy, reflink }
  for (const name of ['offset', 'length', 'bufferSize'] as const) {
    const value = wanted[name]
    if (value !== null) options[name] = value
  }
  if (form === 'promise') return copyFile(source, destination, options)
  if (form === 'synchronous') return copyFileSync(source, destination, options)
  const handle = await open(source)
  // Closed at once: the copy has a descriptor of its own.
  const [outcome] = await Promise.allSettled([copyFile(handle, destination, options), handle.close()])
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}

/** Only those that depend on the file systems, and on the range. */
function mayRefuse({ strategy }: Copy): boolean {
  return listed(strategy).every((each) => each === 'reflink' || each === 'copy_file_range')
}

function listed(strategy: Copy['strategy']): readonly Strategy[] {
  if (strategy === 'auto') return strategies
  return typeof strategy === 'string' ? [strategy] : strategy
}
