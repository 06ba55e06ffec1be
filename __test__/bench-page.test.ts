// @once
// report.html in Debian's Chromium: what a reader sees of a record, whatever kind of record it is.

import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { type BenchmarkOptions, type BenchmarkResult, benchmark } from '../index'
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
import { describePage } from './support/bench-page-record'
import { scratch } from './support/place'
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

const recordOf = (name: string) => cases[name] as BenchmarkResult
/** Between them they have every element that a page can have; axe-core takes seconds for each. */
const ofEachKind = [
  'over loopback',
  'several sizes',
  'interrupted before the first run',
  'cold, with warnings and a file of evil name',
]
/** Measured here and now: numbers that nobody chose. */
const where = scratch('bench-page')
const real: Record<string, BenchmarkOptions> = {
  'this machine’s files': { where, size: 300_000, buffers: [64, 512], iterations: 2 },
  'this machine’s loopback': { where, size: 300_000, buffers: [512], iterations: 2, network: true },
}
/** It has warnings, too, and less than the usual one: axe-core takes its time for each word. */
const varied = 'cold, with warnings and a file of evil name'

if (existsSync(CHROMIUM)) {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  for (const [name, record] of Object.entries(cases)) {
    const withAxe = ofEachKind.includes(name)
    describePage(name, { browser: () => browser, record: () => record, withAxe })
  }
  for (const [name, options] of Object.entries(real)) {
    // As a user has it: through JSON.
    const record = async () => JSON.parse(JSON.stringify(await benchmark(options)))
    describePage(name, { browser: () => browser, record, withAxe: false })
  }

  test.each<View['scheme']>(['light', 'dark'])('every word has its contrast where it is %s', (scheme) =>
    visit(varied, { ...PHONE, scheme }, async (shown) => {
      const { page, ask } = shown
      expect((await ask<string>('paper()')) === PAPER).toBe(scheme === 'light')
      expect(await ask('faint()')).toEqual([])
      await page.setViewportSize({ width: DESK.width, height: 900 })
      expect(await ask('faint()')).toEqual([])
      expect(await accessibilityOf(shown)).toEqual([])
    }),
  )

  test('print is light, and cuts nothing off', () =>
    visit(varied, { width: 1030, scheme: 'dark', media: 'print' }, async ({ page, ask }) => {
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

interface Region {
  name: string
  hidden: number
}
