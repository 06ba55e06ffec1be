// @once
// report.html in Debian's Chromium: what a reader sees of a record, whatever kind of record it is.

import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { pages } from './support/bench-page'
import {
  accessibilityOf,
  CHROMIUM,
  DESK,
  launch,
  PHONE,
  type Shown,
  show,
  type View,
} from './support/bench-page-browser'
import { cases } from './support/bench-page-cases'
import { at, complaintOf, farthestFromAxis, type Told } from './support/bench-page-numbers'
import { skip } from './support/skip'

jest.setTimeout(60_000)

const PAPER = 'rgb(253, 252, 249)'

let browser: Browser

async function visit(name: string, view: View, look: (shown: Shown) => Promise<void>): Promise<void> {
  const shown = await show(browser, pages.reportPage(recordOf(name)), view)
  try {
    await look(shown)
    expect(shown.noise).toEqual([])
  } finally {
    await shown.page.close()
  }
}

const recordOf = (name: string): Result => cases[name] as Result
/** Between them they have every element that a page can have; axe-core takes seconds for each. */
const ofEachKind = [
  'over loopback',
  'several sizes',
  'interrupted before the first run',
  'cold, with warnings and a file of evil name',
]
const usual = 'the original experiment and the rest'

if (existsSync(CHROMIUM)) {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  describe.each(Object.keys(cases))('a record: %s', (name) => {
    const result = recordOf(name)
    let shown: Shown

    beforeAll(async () => {
      shown = await show(browser, pages.reportPage(result), PHONE)
    })
    afterAll(() => shown.page.close())

    test.each([
      ['on a phone', PHONE],
      ['on a desk', DESK],
    ])('is readable %s', async (_, { width }) => {
      const { page, ask, noise } = shown
      await page.setViewportSize({ width, height: 900 })
      expect(await ask('widerThanPage()')).toEqual([])
      expect(await ask('overlaps()')).toEqual([])
      expect(await ask('outside()')).toEqual([])
      expect((await ask<number | null>('smallest()')) ?? 11).toBeGreaterThanOrEqual(11)
      expect(noise).toEqual([])
    })

    test('is all there for who sees no chart', async () => {
      const charts = await shown.ask<{ seen: number; silent: string[] }>('charts()')
      expect(charts.silent).toEqual([])
      expect(charts.seen > 0).toBe(result.rows.some((row) => row.runs > 0))
      expect(await shown.ask('withoutTable()')).toEqual([])
    })

    if (ofEachKind.includes(name)) {
      test('gives axe-core nothing to say', async () => {
        expect(await accessibilityOf(shown, { contrast: false })).toEqual([])
      })
    }

    test('has no number but the record’s', async () => {
      const numbers = await shown.ask<Told[]>('numbers()')
      expect(numbers.map((told) => complaintOf(result, told)).filter((each) => each !== null)).toEqual([])
      expect(await shown.ask('unfounded()')).toEqual([])
      for (const pointer of await shown.ask<string[]>('none()')) expect(at(result, pointer)).toBeNull()
    })

    test('has every number of the record’s rows', async () => {
      const told = new Set((await shown.ask<Told[]>('numbers()')).map((each) => each.at))
      expect(numbersIn(result).filter((pointer) => !told.has(pointer))).toEqual([])
    })

    test('has its points where its charts’ axes put them', async () => {
      const charts = await shown.ask<Chart[]>('marks()')
      expect(charts.map(({ id }) => id).sort()).toEqual(chartsOf(result).sort())
      for (const { id, marks } of charts) {
        expect([id, marks.map((mark) => mark.at).sort()]).toEqual([id, pointsOf(result, id).sort()])
        expect([id, misplaced(result, id, marks)]).toEqual([id, []])
      }
    })

    test('has a path with as many numbered arrows as the CPU made copies', async () => {
      for (const { at: pointer, heading, copies, kinds } of await shown.ask<Path[]>('paths()')) {
        const count = at(result, pointer)
        if (count === null) {
          expect([heading, kinds]).toEqual(['copies unknown', expect.arrayContaining(['unknown'])])
        } else {
          expect(heading).toBe(`${count} CPU ${count === 1 ? 'copy' : 'copies'}`)
          expect(copies).toEqual(Array.from({ length: count }, (_, i) => `${i + 1}`))
        }
      }
    })
  })

  test.each<View['scheme']>(['light', 'dark'])('every word has its contrast where it is %s', (scheme) =>
    visit(usual, { ...PHONE, scheme }, async (shown) => {
      const { page, ask } = shown
      expect((await ask<string>('paper()')) === PAPER).toBe(scheme === 'light')
      expect(await ask('faint()')).toEqual([])
      await page.setViewportSize({ width: DESK.width, height: 900 })
      expect(await ask('faint()')).toEqual([])
      expect(await accessibilityOf(shown)).toEqual([])
    }),
  )

  test('print is light, and cuts nothing off', () =>
    visit(usual, { width: 1030, scheme: 'dark', media: 'print' }, async ({ page, ask }) => {
      expect(await ask('paper()')).toBe(PAPER)
      expect(await ask('faint()')).toEqual([])
      // As wide as A4 is high, less its margins: so stands the page of the last table.
      const wide = await ask<Region[]>('scrolling()')
      expect(wide.filter(({ hidden }) => hidden > 0)).toEqual([])
      await page.setViewportSize({ width: 688, height: 1000 })
      const upright = await ask<Region[]>('scrolling()')
      expect(upright.filter(({ name, hidden }) => name !== 'All rows' && hidden > 0)).toEqual([])
      expect(await ask('overlaps()')).toEqual([])
      expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
    }))
} else {
  skip('bench-page', `there is no ${CHROMIUM}`)
  test.todo('needs Chromium')
}

type Result = (typeof cases)[string]

interface Region {
  name: string
  hidden: number
}

interface Path {
  at: string
  heading: string
  copies: string[]
  kinds: string[]
}

interface Chart {
  id: string
  marks: { at: string; x: number; y: number }[]
}

/** Of what was measured; of the rate the table has the median alone. */
function numbersIn(result: Result): string[] {
  return result.rows.flatMap((row, i) => (row.runs === 0 ? [] : leaves(row, `/rows/${i}`)))
}

function leaves(value: unknown, pointer: string): string[] {
  if (typeof value === 'number') return [pointer]
  if (typeof value !== 'object' || value === null) return []
  if (pointer.endsWith('/bytesPerSecond')) return [`${pointer}/median`]
  return Object.entries(value).flatMap(([key, each]) => leaves(each, `${pointer}/${key}`))
}

const ORIGINAL = ['read_write', 'mmap_write', 'sendfile']
const TIMES = ['durationMs', 'deliveredMs', 'cpuMs', 'receiverCpuMs'] as const
const COUNTS = ['syscalls', 'contextSwitches', 'pageFaults'] as const

function chartsOf(result: Result): string[] {
  const sizes = [...new Set(result.rows.filter((row) => row.runs > 0).map((row) => row.size))]
  const kinds = ['analysis', ...TIMES, ...COUNTS]
  const all = sizes.flatMap((size) => kinds.map((kind) => `${kind}-${size}`))
  return [...all, ...(sizes.length > 1 ? ['sizes'] : [])].filter((id) =>
    // Zeros alone are no chart.
    pointsOf(result, id).some((pointer) => id.startsWith('durationMs') || at(result, pointer) !== 0),
  )
}

/** What a chart has to show. */
function pointsOf(result: Result, id: string): string[] {
  const [kind, size] = id.split('-') as [string, string | undefined]
  const rows = [...result.rows.entries()].filter(([, row]) => row.runs > 0)
  const own = rows.filter(([, row]) => size === undefined || row.size === Number(size))
  if (kind === 'analysis') {
    const modes = own.filter(([, row]) => ORIGINAL.includes(row.strategy) && row.bufferSize !== null)
    return modes.map(([i]) => `/rows/${i}/durationMs/median`)
  }
  if (kind === 'sizes') return bestOf(result)
  if (COUNTS.some((count) => count === kind)) return own.map(([i]) => `/rows/${i}/${kind}`)
  return own.map(([i]) => `/rows/${i}/${kind}/median`).filter((pointer) => at(result, pointer) !== null)
}

/** The row with the best buffer for each size and strategy; of those that have none the middle one. */
function bestOf(result: Result): string[] {
  const groups = new Map<string, number[]>()
  for (const [i, { size, strategy, runs }] of result.rows.entries()) {
    if (runs > 0) groups.set(`${size} ${strategy}`, [...(groups.get(`${size} ${strategy}`) ?? []), i])
  }
  return [...groups].map(([name, rows]) => {
    const pointers = rows.map((i) => `/rows/${i}/durationMs/median`)
    const sorted = pointers.sort((a, b) => (at(result, a) as number) - (at(result, b) as number))
    const buffered = name.includes('_write')
    return sorted[buffered ? 0 : Math.floor((sorted.length - 1) / 2)] as string
  })
}

/** What stands more than a pixel from where its axes have it. */
function misplaced(result: Result, id: string, marks: Chart['marks']): string[] {
  const values = marks.map((mark) => at(result, mark.at) as number)
  const rows = marks.map((mark) => result.rows[Number(mark.at.split('/')[2])] as Result['rows'][number])
  const [xs, ys] = [marks.map(({ x }) => x), marks.map(({ y }) => y)]
  const wrong = (axis: string, distance: number) => (distance > 1 ? [`${axis}: ${distance} px`] : [])
  if (id === 'sizes') {
    const sizes = rows.map(({ size }) => size)
    return [
      ...wrong('x', farthestFromAxis(sizes, xs, Math.log)),
      ...wrong('y', farthestFromAxis(values, ys, Math.log)),
    ]
  }
  if (id.startsWith('analysis')) {
    const buffers = rows.map(({ bufferSize }) => bufferSize as number)
    const bend = Math.max(...buffers) > 64 * Math.min(...buffers) ? Math.log : (value: number) => value
    return [
      ...wrong('x', farthestFromAxis(buffers, xs, Math.log)),
      ...wrong('y', farthestFromAxis(values, ys, bend)),
    ]
  }
  const counts = COUNTS.some((count) => id.startsWith(count))
  return wrong('x', farthestFromAxis(values, xs, counts ? Math.log1p : Math.log))
}
