/** Which strategy this machine wants: three facts on top, and all strategies in order, each at its best. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html, listed } from '../html'
import { classOf } from '../look'
import { bufferText, countText, durationText, sizeText, timesText } from '../quantity'
import { type Format, type Path, ratio, shown } from '../record'
import {
  bestOfEach,
  byStrategy,
  type Name,
  type Place,
  rowsOf,
  TIME,
  type Timing,
  usedBuffer,
  whyEmpty,
} from '../rows'
import { numbers, table, words } from '../table'

export function facts(result: BenchmarkResult, size: number): Html {
  const places = rowsOf(result, size)
  // What `auto` took is one of the others: that one is named.
  const own = places.filter(({ row }) => row.strategy !== 'auto')
  const named = own.some(({ row }) => row[TIME] !== null) ? own : places
  const [fastest] = bestOfEach(result, named, TIME)
  const [leanest] = bestOfEach(result, named, 'cpuMs')
  return html`<dl class="facts">
${fastest && fact('Fastest', result, fastest, TIME, tiesOf(result, named, fastest, TIME))}
${leanest && fact('Least CPU', result, leanest, 'cpuMs', tiesOf(result, named, leanest, 'cpuMs'))}
<div><dt>What <code>auto</code> takes</dt><dd><strong>${result.auto.picks ?? 'not measured'}</strong>${autoTime(result, places, TIME)}</dd></div>
</dl>`
}

/** All strategies that ran, and why the others did not. */
export function ranking(result: BenchmarkResult, size: number): Html {
  const places = rowsOf(result, size)
  const best = bestOfEach(result, places, TIME)
  const [fastest] = best
  const sent = best.some(({ row }) => row.deliveredMs !== null)
  const rows = best.map(({ row, index }) => {
    const at = (field: string, as: Format) => shown(result, ['rows', index, field], as)
    const median = (timing: Timing) => shown(result, ['rows', index, timing, 'median'], durationText)
    const used = usedBuffer(result, index)
    const times = ratio(result, pathOf(index, TIME), pathOf((fastest as Place).index, TIME), timesText)
    return [
      [key(row.strategy), row.strategy === 'auto' && html`<br><small>(${row.ran})</small>`],
      median(TIME),
      html`${times}×`,
      ...(sent ? [median('deliveredMs')] : []),
      median('cpuMs'),
      copies(result, index),
      at('syscalls', countText),
      used === null ? 'none' : shown(result, used, bufferText),
    ]
  })
  const absent = [...byStrategy(places).values()]
    .filter((group) => group.every(({ row }) => row[TIME] === null))
    .map(([first]) => (first as Place).row)
  return table({
    name: `Strategies in the order of their time, ${sizeText(size)}, each with its best buffer`,
    className: 'ranking',
    columns: [
      words('strategy'),
      ...[
        'time',
        'against the fastest',
        ...(sent ? ['delivered'] : []),
        'CPU',
        'CPU copies',
        'system calls',
        'buffer',
      ].map(numbers),
    ],
    rows: [...rows, ...absent.map((row) => [key(row.strategy), `not measured: ${whyEmpty(row)}`])],
  })
}

/** A strategy's name with its colour. */
export function key(name: Name): Html {
  return html`<span class="key ${classOf(name)}">${name}</span>`
}

function pathOf(index: number, timing: Timing): Path {
  return ['rows', index, timing, 'median']
}

export function copies(result: BenchmarkResult, index: number): Html {
  const known = result.rows[index]?.cpuCopies.count ?? null
  return known === null ? html`unknown` : shown(result, ['rows', index, 'cpuCopies', 'count'], countText)
}

function fact(
  title: string,
  result: BenchmarkResult,
  { row, index }: Place,
  timing: Timing,
  ties: Place[],
): Html {
  const even =
    ties.length > 0 &&
    html`; ${listed(ties.map((tie) => html`<code>${tie.row.strategy}</code>`))} within its spread`
  return html`<div><dt>${title}</dt><dd><strong>${row.strategy}</strong><span>${shown(result, ['rows', index, timing, 'median'], durationText)} for ${shown(result, ['rows', index, 'size'], sizeText)}${even}</span></dd></div>`
}

/** Others whose better runs were as good as this one's worse ones: who is the first of them, chance decided. */
function tiesOf(result: BenchmarkResult, places: readonly Place[], first: Place, timing: Timing): Place[] {
  const limit = first.row[timing]?.p90 ?? 0
  return bestOfEach(result, places, timing).filter(
    ({ row }) => row !== first.row && (row[timing]?.p10 ?? 0) <= limit,
  )
}

function autoTime(result: BenchmarkResult, places: readonly Place[], timing: Timing): Html | null {
  const auto = places.find(({ row }) => row.strategy === 'auto' && row[timing] !== null)
  return auto === undefined
    ? null
    : html`<span>${shown(result, ['rows', auto.index, timing, 'median'], durationText)} for ${shown(result, ['rows', auto.index, 'size'], sizeText)}</span>`
}
