/** Records of every kind that the page has to cope with. */

import type { BenchmarkResult } from '../../lib/benchmark-types'
import { resultOf } from './bench-page-results'

/** Two buffers and three runs: as many rows as it takes, because axe-core takes its time for each. */
const few = { buffers: [32, 512], iterations: 3 }

const doublings = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from * 2 ** i)

export const cases: Record<string, BenchmarkResult> = {
  'the original experiment and the rest': resultOf(),
  'to a card that gathers': resultOf({ ...few, command: 'network' }),
  'to a card that does not': resultOf({ ...few, command: 'network', scatterGather: false }),
  'over loopback': resultOf({ ...few, command: 'network', interface: 'lo', scatterGather: null }),
  'several sizes': resultOf({
    ...few,
    sizes: [100_000, 1_000_000, 100_000_000],
    strategies: ['read_write', 'sendfile', 'reflink', 'auto'],
    unavailable: {},
  }),
  'many buffers': resultOf({
    ...few,
    buffers: doublings(32, 19),
    strategies: ['read_write', 'sendfile', 'auto'],
  }),
  'one strategy with one buffer': resultOf({ strategies: ['read_write'], buffers: [512] }),
  'no buffer at all': resultOf({ strategies: ['copy_file_range', 'splice'] }),
  interrupted: resultOf({ stopAfter: 7 }),
  'interrupted before the first run': resultOf({ stopAfter: 0 }),
  'cold, with warnings and a file of evil name': resultOf({
    ...few,
    cold: true,
    unavailable: {},
    file: '<img src=x onerror=alert(1)>&"\'.img',
    warnings: [
      {
        kind: 'noisy',
        message: 'the median absolute deviation of read_write is 14 % of the median.',
        rows: [0, 1],
      },
      { kind: 'throttled', message: 'a cgroup held the CPU back for 120 ms.', rows: [] },
    ],
  }),
  'what nobody can know': resultOf({
    ...few,
    change: ({ rows }) => {
      for (const row of rows) {
        row.cpuCopies = { count: null, basis: 'the file system may copy elsewhere' }
        row.deviceReads = null
        row.deviceWrites = null
      }
    },
  }),
}
