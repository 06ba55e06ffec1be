// @once
// What the page and its bundle must not do: reach for anything, believe a file's name, or burden who does not ask.

import { readFileSync } from 'node:fs'
import { array, assert, double, property } from 'fast-check'
import { spread } from '../lib/bench-page/charts/labels'
import type { BenchmarkResult } from '../lib/benchmark-types'
import { BUNDLE, pages } from './support/bench-page'
import { cases } from './support/bench-page-cases'
import { resultOf } from './support/bench-page-results'
import { saidIn } from './support/child'

const evil = '<img src=x onerror=alert(1)>&"\'.img'

describe.each(Object.entries(cases))('the page of a record: %s', (_, result) => {
  const page = pages.reportPage(result)

  test('loads nothing and runs nothing', () => {
    const addresses = [...page.matchAll(/\s(?:src|srcset|href|action|xlink:href)="([^"]*)"/g)].map(
      (match) => match[1],
    )
    expect(addresses.filter((address) => address !== 'data:,')).toEqual([])
    expect(page).not.toMatch(/<script|url\(|@import|\son[a-z]+="/)
    expect(page).toContain("default-src 'none'")
  })
})

test('what the record’s words say is text, never markup', () => {
  const page = pages.reportPage(
    resultOf({
      file: evil,
      command: 'network',
      interface: evil,
      unavailable: { splice: evil },
      warnings: [{ kind: 'noisy', message: evil, rows: [] }],
      change(result: BenchmarkResult) {
        const words = {
          kernel: evil,
          cpu: evil,
          fileSystem: evil,
          device: evil,
          node: evil,
          version: evil,
          date: evil,
        }
        Object.assign(result.environment, words)
        Object.assign(result.auto, { why: evil })
        result.finding.push(evil)
        for (const row of result.rows) {
          row.cpuCopies = { count: 1, basis: evil }
          if (row.runs > 0) row.syscalls[evil] = 1
        }
      },
    }),
  )
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;.img')
  expect(page).not.toContain('<img')
})

test('who requires the package does not load the page', async () => {
  const loaded = await saidIn<string[]>(
    'say(Object.keys(require.cache).filter((name) => name.includes("bench-page")))',
  )
  expect(loaded).toEqual([[]])
})

test('the bundle brings the licences of all that is in it', () => {
  const licences = readFileSync(`${BUNDLE}.LICENSES.txt`, 'utf8')
  for (const name of ['@observablehq/plot', '@xmldom/xmldom', 'd3-scale', 'd3-shape']) {
    expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, (ISC|MIT)$`, 'm'))
  }
})

test('labels move apart, keep their order and stay in bounds', () => {
  const [top, bottom, gap] = [20, 320, 14]
  const wanted = array(double({ min: top, max: bottom, noNaN: true }), { minLength: 1, maxLength: 12 })
  assert(
    property(wanted, (wanted) => {
      const placed = spread(wanted, gap, top, bottom)
      const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] as number) - (wanted[b] as number))
      const sorted = order.map((i) => placed[i] as number)
      expect(sorted.every((place, i) => i === 0 || place - (sorted[i - 1] as number) >= gap - 1e-9)).toBe(
        true,
      )
      expect(Math.min(...placed)).toBeGreaterThanOrEqual(top - 1e-9)
      expect(Math.max(...placed)).toBeLessThanOrEqual(bottom + 1e-9)
    }),
  )
})
