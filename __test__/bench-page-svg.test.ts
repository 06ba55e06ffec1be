// @once
// file_copy_analysis.svg against its data, as a file and as Chromium shows it.

import { existsSync } from 'node:fs'
import { DOMParser } from '@xmldom/xmldom'
import type { Browser } from 'playwright-core'
import type { BenchmarkResult } from '../lib/benchmark-types'
import { pages } from './support/bench-page'
import { CHROMIUM, launch, show, type View } from './support/bench-page-browser'
import { cases } from './support/bench-page-cases'
import { at, farthestFromAxis } from './support/bench-page-numbers'
import { skip } from './support/skip'

jest.setTimeout(60_000)

const LABELS: Record<string, string> = {
  read_write: 'read/write',
  mmap_write: 'mmap/write',
  sendfile: 'sendfile',
}

/** Rows that the original's plot has, by size. */
function plotted({ rows }: BenchmarkResult): Map<number, number[]> {
  const sizes = new Map<number, number[]>()
  for (const [i, row] of rows.entries()) {
    if (row.durationMs === null || LABELS[row.strategy] === undefined) continue
    sizes.set(row.size, [...(sizes.get(row.size) ?? []), i])
  }
  return sizes
}

/** Panel by panel: where its marks stand, and its words. */
function panelsOf(svg: string) {
  const document = new DOMParser().parseFromString(svg, 'image/svg+xml')
  const panels = [...document.getElementsByTagName('svg')].filter(
    (panel) => panel.getAttribute('class') === 'plot',
  )
  return panels.map((panel) => {
    const marks = ['path', 'circle'].flatMap((tag) => [...panel.getElementsByTagName(tag)])
    return {
      words: [...panel.getElementsByTagName('text')].map((text) => text.textContent ?? ''),
      marks: marks
        .filter((mark) => mark.hasAttribute('data-at'))
        .map((mark) => ({
          at: mark.getAttribute('data-at') as string,
          ...placeOf(
            mark.getAttribute('transform') ?? `${mark.getAttribute('cx')},${mark.getAttribute('cy')}`,
          ),
        })),
    }
  })
}

function placeOf(text: string): { x: number; y: number } {
  const [x, y] = (text.match(/-?[\d.]+/g) ?? []).map(Number) as [number, number]
  return { x, y }
}

describe.each(Object.keys(cases))('the plot of a record: %s', (name) => {
  const result = cases[name] as BenchmarkResult
  const sizes = [...plotted(result).values()]
  const svg = pages.analysisSvg(result)
  const panels = panelsOf(svg)

  test('has every time of the original’s modes, each where the axes put it', () => {
    expect(panels.map(({ marks }) => marks.map((mark) => mark.at).sort())).toEqual(
      sizes.map((rows) => rows.map((i) => `/rows/${i}/durationMs/median`).sort()),
    )
    for (const { marks } of panels) {
      const rows = marks.map(
        (mark) => result.rows[Number(mark.at.split('/')[2])] as BenchmarkResult['rows'][0],
      )
      const buffers = rows.map((row) => row.bufferSize as number)
      const times = marks.map((mark) => at(result, mark.at) as number)
      const bend = Math.max(...buffers) > 64 * Math.min(...buffers) ? Math.log : (value: number) => value
      expect(
        farthestFromAxis(
          buffers,
          marks.map(({ x }) => x),
          Math.log,
        ),
      ).toBeLessThan(0.1)
      expect(
        farthestFromAxis(
          times,
          marks.map(({ y }) => y),
          bend,
        ),
      ).toBeLessThan(0.1)
    }
  })

  test('has the original’s title, axes and labels', () => {
    for (const [i, { words }] of panels.entries()) {
      const modes = new Set(
        (sizes[i] as number[]).map((row) => LABELS[result.rows[row]?.strategy as string] as string),
      )
      expect(words).toEqual(expect.arrayContaining(['Time (seconds)', 'Buffer size (bytes)', ...modes]))
      for (const label of Object.values(LABELS)) expect(words.includes(label)).toBe(modes.has(label))
    }
    expect(svg).toMatch(/<title id="title">File copy analysis/)
  })

  test('loads nothing', () => {
    expect(svg).not.toMatch(/href|src=|url\(|@import|<script/)
  })
})

if (existsSync(CHROMIUM)) {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  const light: View = { width: 800, scheme: 'light', media: 'screen' }
  test.each<[View['scheme'], string]>([
    ['light', 'rgb(255, 255, 255)'],
    ['dark', 'rgb(23, 22, 19)'],
  ])('is readable by itself where it is %s', async (scheme, paper) => {
    for (const result of Object.values(cases)) {
      const { page, noise, ask } = await show(browser, pages.analysisSvg(result), { ...light, scheme })
      expect(await ask('overlaps()')).toEqual([])
      expect(await ask('faint()')).toEqual([])
      expect(await ask('paper()')).toBe(paper)
      expect(noise).toEqual([])
      await page.close()
    }
  })
} else {
  skip('bench-page-svg in Chromium', `there is no ${CHROMIUM}`)
}
