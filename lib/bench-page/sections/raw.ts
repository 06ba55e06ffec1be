/** Everything that was measured, row by row. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html, type Part } from '../html'
import { bufferText, countText, msText, rateText, wholeText } from '../quantity'
import { type Format, shown } from '../record'
import { type Place, type Timing, whyEmpty } from '../rows'
import { numbers, table, words } from '../table'
import { copies } from './verdict'

interface Column {
  title: string
  cell: (result: BenchmarkResult, place: Place) => Part
}

const SPREADS: readonly [Timing, string][] = [
  ['durationMs', 'moving loop, ms'],
  ['totalMs', 'whole call, ms'],
  ['deliveredMs', 'delivered, ms'],
  ['cpuMs', 'CPU, ms'],
  ['receiverCpuMs', 'receiver’s CPU, ms'],
]

const COUNTS: readonly Column[] = [
  column('rate', ['bytesPerSecond', 'median'], rateText),
  { title: 'system calls', cell: calls },
  pair('context switches', [
    ['voluntary', ['contextSwitches', 'voluntary'], countText],
    ['involuntary', ['contextSwitches', 'involuntary'], countText],
  ]),
  pair('page faults', [
    ['minor', ['pageFaults', 'minor'], countText],
    ['major', ['pageFaults', 'major'], countText],
  ]),
  pair('bytes by devices', [
    ['read', ['deviceReads'], wholeText],
    ['written', ['deviceWrites'], wholeText],
  ]),
  { title: 'CPU copies', cell: (result, { index }) => copies(result, index) },
]

export function raw(result: BenchmarkResult): Html {
  const times = SPREADS.filter(([timing]) => result.rows.some((row) => row[timing] !== null))
  const columns = [...times.map(([timing, title]) => spreadColumn(timing, title)), ...COUNTS]
  const name = 'All rows'
  return html`<section id="raw"><h2>${name}</h2>
<p>In a cell of times: the median ± the median absolute deviation, then p10 to p90, then the least and the most. Everything else is the median of a run. Every single run, with its whole receipt, is in result.json, which this page was made from.</p>
${table({
  name,
  unseen: true,
  className: 'raw',
  columns: [
    words('strategy'),
    ...['size, bytes', 'buffer', 'runs', ...columns.map(({ title }) => title)].map(numbers),
  ],
  rows: result.rows.map((row, index) => line(result, { row, index }, columns)),
})}
</section>`
}

function line(result: BenchmarkResult, place: Place, columns: readonly Column[]): Part[] {
  const { row, index } = place
  const number = (field: string, as: Format) => shown(result, ['rows', index, field], as)
  const ran = row.strategy === 'auto' && row.ran !== null && html`<br><small>(${row.ran})</small>`
  return [
    [row.strategy, ran],
    number('size', wholeText),
    row.bufferSize === null ? 'none' : number('bufferSize', bufferText),
    number('runs', countText),
    ...(row.runs === 0 ? [`not measured: ${whyEmpty(row)}`] : columns.map(({ cell }) => cell(result, place))),
  ]
}

function spreadColumn(timing: Timing, title: string): Column {
  return {
    title,
    cell(result, { row, index }) {
      if (row[timing] === null) return 'none'
      const part = (name: string) => shown(result, ['rows', index, timing, name], msText)
      return html`<b>${part('median')}</b> ± ${part('mad')}<br><small>${part('p10')} to ${part('p90')}<br>${part('min')} to ${part('max')}</small>`
    },
  }
}

function column(title: string, path: string[], as: Format): Column {
  return { title, cell: (result, { index }) => shown(result, ['rows', index, ...path], as) }
}

/** Two numbers, one below the other, each with its name. */
function pair(title: string, parts: readonly (readonly [string, string[], Format])[]): Column {
  const cell: Column['cell'] = (result, { index }) =>
    parts.map(([name, path, as], i) => [
      i > 0 && html`<br>`,
      shown(result, ['rows', index, ...path], as),
      ' ',
      html`<small>${name}</small>`,
    ])
  return { title, cell }
}

function calls(result: BenchmarkResult, { row, index }: Place): Part {
  const names = Object.keys(row.syscalls)
  if (names.length === 0) return 'none'
  return names.map((name, i) => [
    i > 0 && html`<br>`,
    shown(result, ['rows', index, 'syscalls', name], countText),
    ' ',
    html`<small>${name}</small>`,
  ])
}
