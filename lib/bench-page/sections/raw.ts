/** Everything that was measured, row by row. */

import type { BenchmarkResult } from '../../benchmark-types'
import { scrolling } from '../charts/figure'
import { type Html, html, type Part } from '../html'
import { bufferText, countText, msText, rateText, wholeText } from '../quantity'
import { type Format, shown } from '../record'
import type { Place, Timing } from '../rows'
import { whyEmpty } from '../rows'
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
  column('switches, voluntary', ['contextSwitches', 'voluntary'], countText),
  column('switches, involuntary', ['contextSwitches', 'involuntary'], countText),
  column('faults, minor', ['pageFaults', 'minor'], countText),
  column('faults, major', ['pageFaults', 'major'], countText),
  column('bytes read from devices', ['deviceReads'], wholeText),
  column('bytes written to devices', ['deviceWrites'], wholeText),
  { title: 'CPU copies', cell: (result, { index }) => copies(result, index) },
]

export function raw(result: BenchmarkResult): Html {
  const times = SPREADS.filter(([timing]) => result.rows.some((row) => row[timing] !== null))
  const columns = [...times.map(([timing, title]) => spreadColumn(timing, title)), ...COUNTS]
  const head = html`<tr><th scope="col" class="first">strategy</th><th scope="col" class="n">size, bytes</th><th scope="col" class="n">buffer</th><th scope="col" class="n">runs</th>${columns.map(({ title }) => html`<th scope="col" class="n">${title}</th>`)}</tr>`
  const rows = result.rows.map((row, index) => line(result, { row, index }, columns))
  const name = 'All rows'
  return html`<section id="raw"><h2>${name}</h2>
<p>In a cell of times: the median ± the median absolute deviation, then p10 to p90, then the least and the most. Everything else is the median of a run. Every single run, with its whole receipt, is in result.json, which this page was made from.</p>
${scrolling(name, html`<table class="raw"><caption class="unseen">${name}</caption><thead>${head}</thead><tbody>${rows}</tbody></table>`)}
</section>`
}

function line(result: BenchmarkResult, place: Place, columns: readonly Column[]): Html {
  const { row, index } = place
  const number = (field: string, as: Format) => shown(result, ['rows', index, field], as)
  const buffer = row.bufferSize === null ? 'none' : number('bufferSize', bufferText)
  const ran = row.strategy === 'auto' && row.ran !== null && html` <small>(${row.ran})</small>`
  const lead = html`<th scope="row" class="first">${row.strategy}${ran}</th><td class="n">${number('size', wholeText)}</td><td class="n">${buffer}</td><td class="n">${number('runs', countText)}</td>`
  if (row.runs === 0) return html`<tr>${lead}<td colspan="${columns.length}">not measured: ${whyEmpty(row)}</td></tr>`
  return html`<tr>${lead}${columns.map(({ cell }) => html`<td class="n">${cell(result, place)}</td>`)}</tr>`
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

function calls(result: BenchmarkResult, { row, index }: Place): Part {
  const names = Object.keys(row.syscalls)
  if (names.length === 0) return 'none'
  return names.map((name, i) => [i > 0 && html`<br>`, name, ' ', shown(result, ['rows', index, 'syscalls', name], countText)])
}
