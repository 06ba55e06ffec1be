// @once
// The one sentence on top of the page: the original's finding wherever it was measured.

import { headline } from '../lib/bench-page/sections/headline'
import type { BenchmarkSample } from '../lib/benchmark-types'
import { resultOf } from './support/bench-page-results'

function sentence(change: (sample: BenchmarkSample, strategy: string) => void): string {
  const result = resultOf({ strategies: ['read_write', 'mmap_write', 'sendfile', 'splice', 'direct'] })
  for (const sample of result.samples) change(sample, result.rows[sample.row]?.strategy as string)
  return headline(result).text.replaceAll(/<[^>]*>/g, '')
}

test('sendfile against read_write with the smallest buffer, also beside a strategy that has a buffer of its own choice', () => {
  const said = sentence(({ report }, strategy) => {
    if (strategy === 'direct') Object.assign(report, { bufferSize: 2 << 20 })
  })
  expect(said).toMatch(
    /^On this machine sendfile was \d+ times as fast as read_write with a 32-byte buffer\.$/,
  )
})
