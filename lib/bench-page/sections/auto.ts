/** What `auto` takes here, why, and whether that is right. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html } from '../html'
import { countText, durationText, timesText } from '../quantity'
import { type Format, ratio, shown } from '../record'
import { bestOfEach, rowsOf, wallOf } from '../rows'
import { numbers, table, words } from '../table'

export function auto(result: BenchmarkResult, size: number): Html {
  const { picks, why } = result.auto
  const title =
    picks === null ? html`What <code>auto</code> takes` : html`<code>auto</code> takes <code>${picks}</code>`
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
    result,
    places.filter(({ row }) => row.strategy !== 'auto'),
    wall,
  )
  if (own === undefined || best === undefined) return null
  const path = (index: number) => ['rows', index, wall, 'median'] as const
  const even = (own.row[wall]?.p10 ?? 0) <= (best.row[wall]?.p90 ?? 0)
  const times = ratio(result, path(own.index), path(best.index), timesText)
  return html`<p>It took ${times} times as long as the fastest that was measured by name: ${shown(result, path(own.index), durationText)} against ${shown(result, path(best.index), durationText)} of <code>${best.row.strategy}</code>.${even && ' Their spreads overlap: this measurement cannot tell them apart.'}</p>`
}

function attempts(result: BenchmarkResult): Html | null {
  const { attempts } = result.auto
  if (attempts.length === 0) return null
  const rows = attempts.map(({ strategy, outcome, reason, code }, i) => {
    const at = (field: string, as: Format) =>
      outcome === 'avoided' ? '' : shown(result, ['auto', 'attempts', i, field], as)
    const answer = code === undefined ? outcome : `${outcome} (${code})`
    return [strategy, answer, at('bytes', countText), at('durationMs', durationText), reason ?? '']
  })
  return table({
    name: 'What auto tried, in order',
    columns: [words('strategy'), words('outcome'), numbers('bytes'), numbers('time'), words('why')],
    rows,
  })
}
