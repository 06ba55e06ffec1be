/** Text in columns. No colours: what is piped must be plain, and a terminal needs none either. */

import Table from 'cli-table3'

export interface Column {
  title: string
  align?: 'left' | 'right'
}

/** Room on both sides of a cell. */
const PADDING = 2
/** The last column is never made narrower. */
const NARROWEST = 24

/**
 * Draws a table.
 *
 * @param rows - The last cell of a row that has fewer cells than there are columns fills the rest, and is wrapped there.
 * @param width - The last column is wrapped to fit.
 */
export function table(
  columns: readonly Column[],
  rows: readonly string[][],
  width = terminalWidth(),
): string {
  const drawn = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths: widthsOf(columns, rows, width),
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) {
    const [last, ...others] = [row.at(-1) as string, ...row.slice(0, -1)]
    const rest = columns.length - others.length
    drawn.push(rest > 1 ? [...others, { content: last, colSpan: rest, hAlign: 'left' }] : row)
  }
  return drawn.toString()
}

/** What is piped is read by people too: lines stay as short as a page's. */
export function terminalWidth(): number {
  return process.stdout.columns || 100
}

function widthsOf(columns: readonly Column[], rows: readonly string[][], width: number): number[] {
  const widths = columns.map(({ title }, i) => {
    const cells = rows.filter((row) => i < row.length - 1 || row.length === columns.length)
    return PADDING + Math.max(title.length, ...cells.map((row) => (row[i] as string).length))
  })
  const last = widths.pop() as number
  const others = widths.reduce((sum, each) => sum + each, 0) + columns.length + 1
  return [...widths, Math.max(Math.min(last, width - others), Math.min(last, NARROWEST))]
}

/** A label and its text on each line. */
export function labelled(rows: readonly (readonly [label: string, text: string])[]): string {
  const longest = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, text]) => `${label.padEnd(longest + 2)}${text}`).join('\n')
}
