/** What `auto` takes here, why, and whether that is right. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html } from '../html'
import { told } from '../names'
import { countText, durationText, sizeText, timesText } from '../quantity'
import { type Format, ratio, shown } from '../record'
import { type Place, ranked, rowsOf, TIME } from '../rows'
import { numbers, table, words } from '../table'

export function auto(result: BenchmarkResult, size: number): Html {
  const { picks, why } = result.auto
  const title =
    picks === null ? html`What <code>auto</code> takes` : html`<code>auto</code> takes <code>${picks}</code>`
  return html`<section id="auto"><h2>${title}</h2>
<p>${told(why)}</p>
${judgement(result, size)}
${attempts(result)}
</section>`
}

/** Against the best that was measured, also where `auto` is not it. */
function judgement(result: BenchmarkResult, size: number): Html | null {
  const places = ranked(rowsOf(result, size), TIME)
  const own = places.find(({ row }) => row.strategy === 'auto')
  const best = places.find(({ row }) => row.strategy !== 'auto')
  if (own === undefined || best === undefined) return null
  const path = ({ index }: Place) => ['rows', index, TIME, 'median'] as const
  const even =
    (own.row[TIME]?.p10 ?? 0) <= (best.row[TIME]?.p90 ?? 0) &&
    ' Their spreads overlap: this measurement cannot tell them apart.'
  return html`<p>For ${shown(result, ['rows', own.index, 'size'], sizeText)} that is ${ratio(result, path(own), path(best), timesText)} times the time of <code>${best.row.strategy}</code>.${even}</p>`
}

function attempts(result: BenchmarkResult): Html | null {
  const { attempts } = result.auto
  if (attempts.length === 0) return null
  const rows = attempts.map(({ strategy, outcome, reason, code }, i) => {
    const at = (field: string, as: Format) =>
      outcome === 'avoided' ? '' : shown(result, ['auto', 'attempts', i, field], as)
    const answer = code === undefined ? outcome : `${outcome} (${code})`
    return [strategy, answer, at('bytes', countText), at('durationMs', durationText), told(reason ?? '')]
  })
  return table({
    name: 'What auto tried, in order',
    columns: [words('strategy'), words('outcome'), numbers('bytes'), numbers('time'), words('why')],
    rows,
  })
}
