/** Which strategy this machine wants: three facts on top, and all strategies in order, each at its best. */

import type { BenchmarkResult } from '../../benchmark-types'
import { scrolling } from '../charts/figure'
import { type Html, html, listed } from '../html'
import { classOf } from '../look'
import { bufferText, countText, durationText, sizeText, timesText } from '../quantity'
import { ratio, shown } from '../record'
import { bestOfEach, byStrategy, type Place, rowsOf, type Timing, wallOf, whyEmpty } from '../rows'

export function facts(result: BenchmarkResult, size: number): Html {
  const wall = wallOf(result)
  const places = rowsOf(result, size)
  // What `auto` took is one of the others: that one is named.
  const own = places.filter(({ row }) => row.strategy !== 'auto')
  const named = own.some(({ row }) => row[wall] !== null) ? own : places
  const [fastest] = bestOfEach(named, wall)
  const [leanest] = bestOfEach(named, 'cpuMs')
  return html`<dl class="facts">
${fastest && fact('Fastest', result, fastest, wall, tiesOf(named, fastest, wall))}
${leanest && fact('Least CPU', result, leanest, 'cpuMs', tiesOf(named, leanest, 'cpuMs'))}
<div><dt>What <code>auto</code> takes</dt><dd><strong>${result.auto.picks ?? 'not measured'}</strong>${autoTime(result, places, wall)}</dd></div>
</dl>`
}

/** All strategies that ran, and why the others did not. */
export function ranking(result: BenchmarkResult, size: number): Html {
  const wall = wallOf(result)
  const places = rowsOf(result, size)
  const best = bestOfEach(places, wall)
  const [fastest] = best
  const absent = [...byStrategy(places).values()]
    .filter((group) => group.every(({ row }) => row[wall] === null))
    .map((group) => group[0] as Place)
  const head = html`<tr><th scope="col">strategy</th><th scope="col" class="n">best buffer</th><th scope="col" class="n">time</th><th scope="col" class="n">of the fastest</th><th scope="col" class="n">CPU</th><th scope="col" class="n">CPU copies</th><th scope="col" class="n">system calls</th></tr>`
  const rows = best.map(({ row, index }) => {
    const buffer = row.bufferSize === null ? 'none' : shown(result, ['rows', index, 'bufferSize'], bufferText)
    const times = ratio(result, ['rows', index, wall, 'median'], ['rows', (fastest as Place).index, wall, 'median'], timesText)
    return html`<tr><th scope="row"><span class="key ${classOf(row.strategy)}">${row.strategy}</span>${row.strategy === 'auto' && html` <small>(${row.ran})</small>`}</th><td class="n">${buffer}</td><td class="n">${shown(result, ['rows', index, wall, 'median'], durationText)}</td><td class="n">${times}×</td><td class="n">${shown(result, ['rows', index, 'cpuMs', 'median'], durationText)}</td><td class="n">${copies(result, index)}</td><td class="n">${shown(result, ['rows', index, 'syscalls'], countText)}</td></tr>`
  })
  const missing = absent.map(
    ({ row }) =>
      html`<tr><th scope="row"><span class="key ${classOf(row.strategy)}">${row.strategy}</span></th><td colspan="6">not measured: ${whyEmpty(row)}</td></tr>`,
  )
  const name = `Strategies in the order of their time, ${sizeText(size)}`
  return scrolling(name, html`<table class="ranking"><caption class="unseen">${name}</caption><thead>${head}</thead><tbody>${rows}${missing}</tbody></table>`)
}

export function copies(result: BenchmarkResult, index: number): Html {
  const known = result.rows[index]?.cpuCopies.count ?? null
  return known === null ? html`unknown` : shown(result, ['rows', index, 'cpuCopies', 'count'], countText)
}

function fact(title: string, result: BenchmarkResult, { row, index }: Place, timing: Timing, ties: Place[]): Html {
  const even = ties.length > 0 && html`; ${listed(ties.map((tie) => html`<code>${tie.row.strategy}</code>`))} within its spread`
  return html`<div><dt>${title}</dt><dd><strong>${row.strategy}</strong><span>${shown(result, ['rows', index, timing, 'median'], durationText)} for ${shown(result, ['rows', index, 'size'], sizeText)}${even}</span></dd></div>`
}

/** Others whose better runs were as good as this one's worse ones: who is the first of them, chance decided. */
function tiesOf(places: readonly Place[], first: Place, timing: Timing): Place[] {
  const limit = first.row[timing]?.p90 ?? 0
  return bestOfEach(places, timing).filter(({ row }) => row !== first.row && (row[timing]?.p10 ?? 0) <= limit)
}

function autoTime(result: BenchmarkResult, places: readonly Place[], timing: Timing): Html | null {
  const auto = places.find(({ row }) => row.strategy === 'auto' && row[timing] !== null)
  return auto === undefined
    ? null
    : html`<span>${shown(result, ['rows', auto.index, timing, 'median'], durationText)} for ${shown(result, ['rows', auto.index, 'size'], sizeText)}</span>`
}
