/** What the charts and the last table of a page have to show of a record. */

import type { BenchmarkResult } from '../../lib/benchmark-types'
import { at, farthestFromAxis } from './bench-page-numbers'

/** As Chromium shows it. */
export interface Chart {
  id: string
  marks: { at: string; x: number; y: number }[]
}

/** Of what was measured; of the rate the table has the median alone. */
export function numbersIn(result: BenchmarkResult): string[] {
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

/** The charts that have anything to show. */
export function chartsOf(result: BenchmarkResult): string[] {
  const sizes = [...new Set(result.rows.filter((row) => row.runs > 0).map((row) => row.size))]
  const kinds = ['analysis', ...TIMES, ...COUNTS]
  const all = sizes.flatMap((size) => kinds.map((kind) => `${kind}-${size}`))
  return [...all, ...(sizes.length > 1 ? ['sizes'] : [])].filter((id) =>
    // Zeros alone are no chart.
    pointsOf(result, id).some((pointer) => id.startsWith('durationMs') || at(result, pointer) !== 0),
  )
}

/** What a chart has to show. */
export function pointsOf(result: BenchmarkResult, id: string): string[] {
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
function bestOf(result: BenchmarkResult): string[] {
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
export function misplaced(result: BenchmarkResult, id: string, marks: Chart['marks']): string[] {
  const values = marks.map((mark) => at(result, mark.at) as number)
  const rows = marks.map(
    (mark) => result.rows[Number(mark.at.split('/')[2])] as BenchmarkResult['rows'][number],
  )
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
