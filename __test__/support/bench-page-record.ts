/** What holds for the page of any record. */

import type { Browser } from 'playwright-core'
import type { BenchmarkResult } from '../../lib/benchmark-types'
import { pages } from './bench-page'
import { accessibilityOf, DESK, PHONE, type Shown, show } from './bench-page-browser'
import { at, complaintOf, type Told } from './bench-page-numbers'
import { type Chart, chartsOf, misplaced, numbersIn, pointsOf } from './bench-page-points'

interface Path {
  at: string
  heading: string
  copies: string[]
  kinds: string[]
}

export interface Asked {
  browser: () => Browser
  record: () => BenchmarkResult | Promise<BenchmarkResult>
  /** axe-core takes seconds. */
  withAxe: boolean
}

export function describePage(name: string, { browser, record, withAxe }: Asked): void {
  describe(`a record: ${name}`, () => {
    let result: BenchmarkResult
    let shown: Shown

    beforeAll(async () => {
      result = await record()
      shown = await show(browser(), pages.reportPage(result), PHONE)
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

    if (withAxe) {
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
}
