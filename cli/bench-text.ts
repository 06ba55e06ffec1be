/** A benchmark for people: where, the table, the plot, what was found. */

import type { BenchmarkResult } from '../index'
import { cellsOf, placeText, wordsOf } from '../lib/benchmark-table'
import { plotText } from './bench-plot'
import { oneLine } from './output'
import { sizeText } from './quantity'
import { table, terminalWidth } from './table'

export function benchText(result: BenchmarkResult): string {
  const { columns, rows } = cellsOf(result)
  const parts = [
    oneLine(placeText(result)),
    table(columns, rows),
    ...plots(result),
    wordsOf(result).join('\n'),
  ]
  return parts.filter(Boolean).join('\n\n')
}

/** One a size, where there are several buffers to draw. */
function plots({ rows }: BenchmarkResult): string[] {
  const sizes = [...new Set(rows.map(({ size }) => size))]
  return sizes.flatMap((size) => {
    // Labels stand before it.
    const width = Math.min(terminalWidth(), 100) - 12
    const plot = plotText(
      rows.filter((row) => row.size === size),
      Math.max(width, 20),
    )
    if (plot === null) return []
    return [sizes.length === 1 ? plot : `${sizeText(size)}\n${plot}`]
  })
}
