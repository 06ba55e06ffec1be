/** Which rows of a record belong together. */

import type { BenchmarkResult, BenchmarkRow } from '../benchmark-types'
import type { Strategy } from '../strategies'
import type { Path } from './record'

/** A row, and where it stands in `rows`. */
export interface Place {
  row: BenchmarkRow
  index: number
}

export type Name = BenchmarkRow['strategy']

/** The original's modes 1 to 3. */
export const ORIGINAL_MODES: readonly Strategy[] = ['read_write', 'mmap_write', 'sendfile']

/** A field of a row that has a spread. */
export type Timing = 'durationMs' | 'totalMs' | 'deliveredMs' | 'cpuMs' | 'receiverCpuMs'

/** The moving loop alone: what the original timed, and what its finding is told in, on the network too. */
export const TIME = 'durationMs'

export function sizesOf(result: BenchmarkResult): number[] {
  return [...new Set(result.rows.map((row) => row.size))]
}

export function rowsOf(result: BenchmarkResult, size: number): Place[] {
  return result.rows.map((row, index) => ({ row, index })).filter(({ row }) => row.size === size)
}

/** The largest of those that were measured: there the moving outweighs what surrounds it. */
export function mainSize(result: BenchmarkResult): number | null {
  const measured = result.rows.filter((row) => row[TIME] !== null)
  return measured.length === 0 ? null : Math.max(...measured.map((row) => row.size))
}

/** In the order in which they were asked for. */
export function byStrategy(places: readonly Place[]): Map<Name, Place[]> {
  const groups = new Map<Name, Place[]>()
  for (const place of places)
    groups.set(place.row.strategy, [...(groups.get(place.row.strategy) ?? []), place])
  return groups
}

/** Those with a value, the least first. */
export function ranked(places: readonly Place[], timing: Timing): Place[] {
  return places
    .filter(({ row }) => row[timing] !== null)
    .sort((a, b) => (a.row[timing]?.median ?? 0) - (b.row[timing]?.median ?? 0))
}

/**
 * For each strategy that has a value its row with the best buffer; the least first. The rows of one that has no
 * buffer are the same measured again: the middle one stands for it, not the luckiest.
 */
export function bestOfEach(result: BenchmarkResult, places: readonly Place[], timing: Timing): Place[] {
  const best = [...byStrategy(places).values()].flatMap((group) => {
    const order = ranked(group, timing)
    const buffered = order.some(({ index }) => usedBuffer(result, index) !== null)
    return order.slice(buffered ? 0 : Math.floor((order.length - 1) / 2)).slice(0, 1)
  })
  return ranked(best, timing)
}

/** Where the buffer stands that its runs really had; null: they had none, whatever was asked for. */
export function usedBuffer(result: BenchmarkResult, index: number): Path | null {
  const sample = result.samples.findIndex(({ row, report }) => row === index && report.bufferSize !== null)
  return sample === -1 ? null : ['samples', sample, 'report', 'bufferSize']
}

/** Why a row has no numbers. */
export function whyEmpty(row: BenchmarkRow): string {
  return row.unavailable ?? 'it had not run yet'
}
