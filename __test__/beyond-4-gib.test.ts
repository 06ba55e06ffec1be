import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { copyFile, copyFileSync, type Strategy } from '../index'
import { difference, random, rangeOf, writeSparse } from './support/bytes'
import { expected } from './support/expected'
import { nativeStrategies as strategies } from './support/native-strategies'
import { routes } from './support/route'

jest.setTimeout(60_000)

const GiB = 2 ** 30
const SIZE = 5 * GiB

/** Around 4 GiB, and at the very end: offsets of which 32 bits are not the same. */
const ISLANDS = [
  [4 * GiB - 5000, random(1, 10_000)],
  [4 * GiB + 200_000, random(2, 70_001)],
  [SIZE - 5001, random(3, 5001)],
] as const

const RANGES = [
  { name: 'across 4 GiB', offset: 4 * GiB - 8192, length: 300_000 },
  { name: 'pages behind 4 GiB', offset: 4 * GiB + 4096, length: 262_144 },
  { name: 'to the end', offset: SIZE - 7001, length: 7001 },
]

describe.each(routes('beyond-4-gib').map((route) => [route.name, route] as const))('%s', (_name, route) => {
  const [source, destination] = [join(route.from, 'five-gib'), join(route.to, 'destination')]
  beforeAll(() => writeSparse(source, SIZE, ISLANDS))
  afterAll(() => rmSync(source))
  afterEach(() => rmSync(destination, { force: true }))

  test.each(RANGES)('a range $name, by each strategy', async ({ name, ...range }) => {
    const oracle = rangeOf(source, range.offset, range.length)
    for (const strategy of strategies) {
      if (!isPossible(strategy, { name, size: SIZE, ...range })) continue
      const done = { strategy, bytes: range.length }
      expect(await copyFile(source, destination, { ...range, strategy })).toMatchObject(done)
      expect(difference(destination, oracle)).toBeNull()
      rmSync(destination)
      expect(copyFileSync(source, destination, { ...range, strategy })).toMatchObject(done)
      expect(difference(destination, oracle)).toBeNull()
    }
  })

  function isPossible(strategy: Strategy, wanted: Parameters<typeof expected>[1]): boolean {
    return 'done' in expected(route.sharing, wanted, wanted.length as number, { strategy })
  }

  if (route.sharing !== 'works') return

  test('all of it, by sharing its extents', async () => {
    const seen: (number | null)[] = []
    const onProgress = ({ total }: { total: number | null }) => seen.push(total)
    const report = await copyFile(source, destination, { onProgress })
    expect(report).toMatchObject({ strategy: 'reflink', bytes: SIZE, bytesShared: SIZE })
    expect(seen.at(-1)).toBe(SIZE)
    expectIslands(0)
  })

  test('a length of more than 4 GiB', async () => {
    const range = { offset: 8192, length: 4 * GiB + 524_288 }
    const report = await copyFile(source, destination, range)
    expect(report).toMatchObject({ strategy: 'reflink', bytes: range.length, bytesShared: range.length })
    expect(statSync(destination).size).toBe(range.length)
    expectIslands(range.offset)
  })

  /** What of them lies in the copy is there, `offset` bytes earlier. */
  function expectIslands(offset: number) {
    const { size } = statSync(destination)
    for (const [at, bytes] of ISLANDS.filter(([at]) => at < size)) {
      expect(rangeOf(destination, at - offset, bytes.length).equals(bytes)).toBe(true)
    }
  }
})
