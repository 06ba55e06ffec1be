/** Rows and records with just the numbers that a test is about. */

import { Result } from '../../lib/benchmark-result'
import type { BenchmarkResult, BenchmarkRow, BenchmarkSample, Spread } from '../../lib/benchmark-types'

export function spreadOf(median: number, part = 0.02): Spread {
  const [p10, p90] = [median * (1 - part), median * (1 + part)]
  return { median, mad: (median * part) / 2, p10, p90, min: p10 * 0.99, max: p90 * 1.01 }
}

export function rowOf(
  strategy: BenchmarkRow['strategy'],
  bufferSize: number | null,
  durationMs: number | Spread | null,
  more: Partial<BenchmarkRow> = {},
): BenchmarkRow {
  return {
    size: 10_000_000,
    strategy,
    ran: durationMs === null || strategy === 'auto' ? null : strategy,
    bufferSize,
    runs: durationMs === null ? 0 : 10,
    durationMs: typeof durationMs === 'number' ? spreadOf(durationMs) : durationMs,
    totalMs: null,
    deliveredMs: null,
    cpuMs: null,
    receiverCpuMs: null,
    bytesPerSecond: null,
    syscalls: {},
    contextSwitches: { voluntary: 0, involuntary: 0 },
    pageFaults: { minor: 0, major: 0 },
    deviceReads: null,
    deviceWrites: null,
    cpuCopies: { count: null, basis: 'nobody looked' },
    unavailable: null,
    ...more,
  }
}

export function resultOf(rows: BenchmarkRow[], more: Partial<BenchmarkResult> = {}): BenchmarkResult {
  return new Result({
    complete: true,
    command: 'file',
    options: {
      sizes: [10_000_000],
      buffers: [32, 512],
      strategies: ['read_write'],
      iterations: 10,
      cold: false,
      quick: false,
      file: null,
    },
    environment: {
      date: '2026-01-02T03:04:05.000Z',
      kernel: '6.1.0',
      cpu: 'A CPU',
      cores: 2,
      memoryBytes: 2 ** 33,
      fileSystem: 'ext4',
      device: '/dev/vda',
      cache: 'hot',
      loadAverage: 0.5,
      node: '20.0.0',
      version: '0.1.0',
      route: null,
    },
    rows,
    samples: [],
    warnings: [],
    ...more,
  })
}

/** Of auto, with these attempts. */
export function sampleOf(report: Partial<BenchmarkSample['report']>): BenchmarkSample {
  return {
    round: 1,
    row: 0,
    size: 10_000_000,
    strategy: 'auto',
    bufferSize: null,
    deliveredMs: null,
    receiverCpuMs: null,
    report: report as BenchmarkSample['report'],
  }
}
