/** What `auto` takes here, why, and whether that is right. */

import type { BenchmarkResult } from '../../benchmark-types'
import { scrolling } from '../charts/figure'
import { type Html, html } from '../html'
import { countText, durationText, timesText } from '../quantity'
import { ratio, shown } from '../record'
import { bestOfEach, rowsOf, wallOf } from '../rows'

export function auto(result: BenchmarkResult, size: number): Html {
  const { picks, why } = result.auto
  const title = picks === null ? html`What <code>auto</code> takes` : html`<code>auto</code> takes <code>${picks}</code>`
  return html`<section id="auto"><h2>${title}</h2>
<p>${why}</p>
${judgement(result, size)}
${attempts(result)}
</section>`
}

/** Against the best that was measured, also where `auto` is not it. */
function judgement(result: BenchmarkResult, size: number): Html | null {
  const wall = wallOf(result)
  const places = rowsOf(result, size)
  const own = places.find(({ row }) => row.strategy === 'auto' && row[wall] !== null)
  const [best] = bestOfEach(
    places.filter(({ row }) => row.strategy !== 'auto'),
    wall,
  )
  if (own === undefined || best === undefined) return null
  const path = (index: number) => ['rows', index, wall, 'median'] as const
  const times = ratio(result, path(own.index), path(best.index), timesText)
  return html`<p>It took ${times} times as long as the fastest that was measured by name: ${shown(result, path(own.index), durationText)} against ${shown(result, path(best.index), durationText)} of <code>${best.row.strategy}</code>.</p>`
}

function attempts(result: BenchmarkResult): Html | null {
  const { attempts } = result.auto
  if (attempts.length === 0) return null
  const rows = attempts.map(({ strategy, outcome, reason, code }, i) => {
    const at = (field: string) => ['auto', 'attempts', i, field]
    const tried = outcome === 'avoided' ? html`<td></td><td></td>` : html`<td class="n">${shown(result, at('bytes'), countText)}</td><td class="n">${shown(result, at('durationMs'), durationText)}</td>`
    return html`<tr><th scope="row">${strategy}</th><td>${outcome}${code !== undefined && html` (${code})`}</td>${tried}<td>${reason ?? ''}</td></tr>`
  })
  const name = 'What auto tried, in order'
  return scrolling(
    name,
    html`<table><caption>${name}</caption><thead><tr><th scope="col">strategy</th><th scope="col">outcome</th><th scope="col" class="n">bytes</th><th scope="col" class="n">time</th><th scope="col">why</th></tr></thead><tbody>${rows}</tbody></table>`,
  )
}
