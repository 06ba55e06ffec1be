import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Attempt, type CopyOptions, copyFile, copyFileSync, type TransferReport } from '../index'
import { difference, random, rangeOf, writeSparse } from './support/bytes'
import { BUFFERED, bufferOf, type Case, copiesOf, expected, type Tried } from './support/expected'
import { nativeStrategies as strategies } from './support/native-strategies'
import { type Route, routes } from './support/route'

jest.setTimeout(60_000)

const CASES: Case[] = [
  { name: 'an empty file', size: 0 },
  { name: 'an empty file over a long one', size: 0, before: 5000 },
  { name: 'one byte', size: 1 },
  { name: 'a byte less than a page', size: 4095 },
  { name: 'a page', size: 4096 },
  { name: 'a byte more than a page', size: 4097 },
  { name: '1,000,003 bytes', size: 1_000_003 },
  { name: '20 MB', size: 20_000_000 },
  { name: 'over a shorter file', size: 300_000, before: 1000 },
  { name: 'over a file as long', size: 300_000, before: 300_000 },
  { name: 'over a longer file', size: 300_000, before: 500_000 },
  { name: 'pages from the middle', size: 300_000, offset: 4096, length: 8192 },
  { name: 'an odd range over a longer file', size: 300_000, offset: 1001, length: 77_777, before: 90_000 },
  { name: 'from a page to the end', size: 300_000, offset: 40_960 },
  { name: 'nothing, the offset being the end', size: 300_000, offset: 300_000 },
  { name: 'nothing, the length being 0', size: 10, offset: 5, length: 0, before: 10 },
  { name: 'byte by byte', size: 701, bufferSize: 1 },
  { name: 'by 64 bytes, as the original', size: 30_001, bufferSize: 64 },
  { name: 'with a buffer that no memory holds', size: 300_000, bufferSize: 2 ** 45 },
  { name: 'a sparse file over data', size: 5_000_000, sparse: true, before: 5_000_000 },
]

/** Of the sparse case, in blocks of 4096: what lies in no block that has data. */
const HOLES = 5_000_000 - 2 * 4096 - 18 * 4096

/** How the caller may choose. */
const WAYS: CopyOptions[] = [
  {},
  ...strategies.map((strategy) => ({ strategy })),
  { strategy: ['reflink', 'copy_file_range', 'splice'] },
  { reflink: 'always' },
  { reflink: 'never' },
]

/** The default, and what is not as it. */
const ATOMICS = [undefined, false] as const

const FORMS = [copyFile, async (...args: Parameters<typeof copyFileSync>) => copyFileSync(...args)] as const

const table = routes('copy-table').map((route, index) => [route.name, route, index] as const)

describe.each(table)('%s', (_name, route, index) => {
  const [source, destination] = [join(route.from, 'source'), join(route.to, 'destination')]
  afterEach(() => rmSync(source, { force: true }))

  test.each(CASES.map((each, number) => [each.name, each, number] as const))(
    '%s',
    async (_case, wanted, number) => {
      write(source, wanted)
      const oracle = rangeOf(source, wanted.offset, wanted.length)
      const before = wanted.before === undefined ? null : random(2, wanted.before)
      const wrong: string[] = []
      for (const [turn, way] of WAYS.entries()) {
        // The forms take turns; on the next route this way of this case is copied in the other form.
        const isSync = (index + number + turn) % 2 === 1
        for (const atomic of ATOMICS) {
          // to map a hole of a file in memory is to fill it
          if (wanted.sparse) write(source, wanted)
          const found = await copied(route, wanted, { ...way, atomic }, FORMS[isSync ? 1 : 0], {
            before,
            oracle,
          })
          if (found !== null)
            wrong.push(
              `${isSync ? 'copyFileSync' : 'copyFile'} ${JSON.stringify({ ...way, atomic })}: ${found}`,
            )
        }
      }
      expect(wrong).toEqual([])
    },
  )

  /** What is wrong about one copy; null: nothing. */
  async function copied(
    { sharing }: Route,
    wanted: Case,
    way: CopyOptions,
    form: (typeof FORMS)[number],
    { before, oracle }: { before: Buffer | null; oracle: Buffer },
  ): Promise<string | null> {
    if (before !== null) writeFileSync(destination, before)
    try {
      const { offset, length, bufferSize } = wanted
      const copy = form(source, destination, { ...way, offset, length, bufferSize })
      const outcome = await copy.catch((error) => error)
      const plan = expected(sharing, wanted, oracle.length, way)
      if ('refused' in plan) return refusal(outcome, plan.refused, way) ?? untouched(before)
      if (outcome instanceof Error) return outcome.message
      return (
        difference(destination, oracle) ??
        receipt(outcome, plan.done, wanted, oracle.length, route, way.atomic)
      )
    } finally {
      rmSync(destination, { force: true })
    }
  }

  function untouched(before: Buffer | null): string | null {
    if (before !== null) return difference(destination, before)
    return existsSync(destination) ? 'a refused copy left a new name' : null
  }
})

function write(path: string, { size, sparse }: Case): void {
  const islands = [
    [100_000, random(3, 5000)],
    [3_000_000, random(4, 70_000)],
  ] as const
  if (sparse) writeSparse(path, size, islands)
  else writeFileSync(path, random(1, size))
}

/** `reflink: 'always'` has the kernel's own code, a strategy by name has it as cause. */
function refusal(error: NodeJS.ErrnoException, code: string, way: CopyOptions): string | null {
  const wanted =
    way.reflink === 'always'
      ? { code, bytes: 0 }
      : { code: 'ERR_STRATEGY_UNAVAILABLE', cause: { code }, bytes: 0 }
  return unequal(error, wanted)
}

function receipt(
  report: TransferReport,
  tried: Tried[],
  { bufferSize, sparse, before }: Case,
  bytes: number,
  route: Route,
  atomic: CopyOptions['atomic'],
): string | null {
  const strategy = tried.at(-1)?.[0] ?? null
  const isBuffered = strategy !== null && BUFFERED.includes(strategy)
  const { count } = report.cpuCopies
  const isShared = bytes > 0 && count === 0
  const inHoles = sparse && strategy !== 'reflink' ? HOLES : 0
  // over old bytes a block of the first hole is written, to see whether the strategy works at all
  const skipped = inHoles > 0 && before !== undefined && atomic === false ? inHoles - 4096 : inHoles
  return (
    unequal(report, {
      strategy,
      bytes,
      bytesShared: isShared ? bytes - skipped : 0,
      bytesSkipped: skipped,
      bufferSize: isBuffered ? (bufferSize ? bufferOf(strategy, bufferSize) : expect.any(Number)) : null,
      bytesPerSecond: bytes === 0 || isShared ? null : expect.any(Number),
      cpuCopies: { basis: expect.stringMatching(/./) },
      atomic: atomic !== false,
      atomicReason: atomic === false ? 'atomic: false was asked for' : null,
      durable: false,
      notPreserved: [],
    }) ??
    unequal(
      report.attempts.map(triedIn),
      tried.map((each) => (route.sharing === 'unsaid' && each[1] === 'refused' ? expect.anything() : each)),
    ) ??
    unequal(
      report.attempts.map((attempt) => attempt.bytes).reduce((a, b) => a + b, 0),
      bytes,
    ) ??
    (strategy === null || copiesOf(strategy, route, bytes).includes(count)
      ? null
      : `${strategy} claims ${count} copies`) ??
    (Object.keys(report.syscalls).length > 0 || bytes === 0 ? null : 'it made no system call') ??
    (report.totalMs >= report.durationMs ? null : 'the moving took longer than the call')
  )
}

function triedIn({ strategy, outcome, code, reason }: Attempt): Tried | string {
  if ((reason === null) !== (outcome === 'finished')) return `${strategy} ${outcome}, because ${reason}`
  return code === undefined ? [strategy, outcome] : [strategy, outcome, code]
}

function unequal(found: unknown, wanted: object | number): string | null {
  try {
    if (typeof wanted === 'number') expect(found).toBe(wanted)
    else if (Array.isArray(wanted)) expect(found).toEqual(wanted)
    else expect(found).toMatchObject(wanted)
    return null
  } catch (error) {
    return (error as Error).message
  }
}
