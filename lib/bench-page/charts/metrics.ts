/** What the charts show of a row. */

import type { BenchmarkResult, BenchmarkRow } from '../../benchmark-types'
import { countText, durationText, tickText } from '../quantity'
import { type Format, type Path, valueAt } from '../record'
import type { Place, Timing } from '../rows'

export interface Metric {
  key: string
  title: string
  /** What it counts, in a sentence. */
  means: string
  /** Times are spread over magnitudes; counts, too, and can be 0. */
  scale: 'time' | 'count'
  show: Format
  /** On the axis, where values are round. */
  tick: Format
  path: (index: number) => Path
  /** Null where the record has but the median. */
  spread: ((row: BenchmarkRow) => { p10: number; p90: number } | null) | null
}

export const TIMES: readonly Metric[] = [
  timing(
    'durationMs',
    'Time of the moving loop',
    'From the first call that moves bytes to the last: what the original timed.',
  ),
  timing('deliveredMs', 'Time until delivered', 'Until the peer had all and had closed.'),
  timing('cpuMs', 'CPU time', 'Of the thread that moved the bytes, in user space and in the kernel.'),
  timing(
    'receiverCpuMs',
    'CPU time of the receiver',
    'Of the thread that discards what arrives: on loopback it is this machine’s, too.',
  ),
]

export const COUNTS: readonly Metric[] = [
  count('syscalls', 'System calls', 'Each is a trip into the kernel and back.'),
  count(
    'contextSwitches',
    'Context switches',
    'Voluntary ones wait for something; involuntary ones make room for others.',
  ),
  count(
    'pageFaults',
    'Page faults',
    'Minor ones map a page that is in memory; major ones wait for the disk.',
  ),
]

/** Those of which the rows have anything. */
export function metricsWith(
  metrics: readonly Metric[],
  result: BenchmarkResult,
  places: readonly Place[],
): Metric[] {
  return metrics.filter((metric) => places.some((place) => measured(metric, result, place) !== null))
}

/** Null: it did not run, or it is not known. What is not measured has counts of 0, which say nothing. */
export function measured(metric: Metric, result: BenchmarkResult, { row, index }: Place): number | null {
  return row.runs === 0 ? null : valueAt(result, metric.path(index))
}

function timing(key: Timing, title: string, means: string): Metric {
  return {
    key,
    title,
    means,
    scale: 'time',
    show: durationText,
    tick: tickText,
    path: (index) => ['rows', index, key, 'median'],
    spread: (row) => row[key],
  }
}

function count(key: 'syscalls' | 'contextSwitches' | 'pageFaults', title: string, means: string): Metric {
  return {
    key,
    title,
    means,
    scale: 'count',
    show: countText,
    tick: countText,
    path: (index) => ['rows', index, key],
    spread: null,
  }
}
