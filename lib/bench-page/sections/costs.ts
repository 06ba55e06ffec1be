/** Time and CPU; system calls, context switches, page faults: by size, strategy and buffer. */

import type { BenchmarkResult } from '../../benchmark-types'
import { figure } from '../charts/figure'
import { COUNTS, type Metric, metricsWith, TIMES, valueOf } from '../charts/metrics'
import { sizeCurves, sizesPlot } from '../charts/sizes'
import { type Strip, stripPlot, stripsOf } from '../charts/strip'
import { type Html, html } from '../html'
import { bufferText, countText, durationText, sizeText } from '../quantity'
import { shown } from '../record'
import { bestOfEach, type Place, rowsOf, sizesOf, wallOf, whyEmpty } from '../rows'

export function times(result: BenchmarkResult): Html {
  const sections = sizesOf(result).map((size) => ({ size, figures: strips(result, size, TIMES) }))
  return html`<section id="times"><h2>Time and CPU</h2>
<p>A mark for each buffer, a line for each strategy. The axes are logarithmic: from one power of ten to the next it is ten times as much. Left is better. The pale bar behind a mark reaches from the 10th to the 90th percentile.</p>
${bySize(result)}
${sections.map(({ size, figures }) => perSize(result, size, figures))}
</section>`
}

export function counts(result: BenchmarkResult): Html {
  const sections = sizesOf(result).map((size) => ({ size, figures: strips(result, size, COUNTS) }))
  return html`<section id="counts"><h2>What the kernel counted</h2>
<p>Medians of a run, for the thread that moved the bytes. They hardly depend on how fast the machine is: they say what a strategy asks of it.</p>
${sections.map(({ size, figures }) => perSize(result, size, figures))}
</section>`
}

function perSize(result: BenchmarkResult, size: number, figures: Html[]): Html {
  const title = sizesOf(result).length > 1 && html`<p class="of-size">${sizeText(size)}</p>`
  return html`${title}<div class="figures">${figures}</div>`
}

function strips(result: BenchmarkResult, size: number, metrics: readonly Metric[]): Html[] {
  const places = rowsOf(result, size)
  return metricsWith(metrics, result, places).map((metric) => {
    const all = stripsOf(metric, result, places)
    const many = sizesOf(result).length > 1 ? `, ${sizeText(size)}` : ''
    const sum = all.flatMap(({ points }) => points).reduce((total, { value }) => total + value, 0)
    // A chart of nothing but zeros says less than the sentence.
    if (metric.scale === 'count' && sum === 0) {
      return html`<div class="chart"><h3>${metric.title}${many}</h3><p>None in a median run of any strategy.</p></div>`
    }
    return figure({
      id: `${metric.key}-${size}`,
      title: `${metric.title}${many}`,
      caption: metric.means,
      description: all.map((strip) => described(strip, metric)).join(' '),
      plot: (shape) => stripPlot(metric, all, shape),
      table: table(result, metric, places),
    })
  })
}

function described({ name, points, missing }: Strip, { show }: Metric): string {
  const values = points.map(({ value }) => value)
  if (missing !== null) return `${name}: ${missing}.`
  const [least, most] = [show(Math.min(...values)), show(Math.max(...values))]
  return least === most ? `${name}: ${least}.` : `${name}: ${least} to ${most}.`
}

function table(result: BenchmarkResult, metric: Metric, places: readonly Place[]): Html {
  const columns = partsOf(metric, places)
  const rows = places.map((place) => {
    const { row, index } = place
    const buffer = row.bufferSize === null ? 'none' : shown(result, ['rows', index, 'bufferSize'], bufferText)
    const lead = html`<th scope="row">${row.strategy}</th><td class="n">${buffer}</td>`
    if (valueOf(metric, result, place) === null) {
      return html`<tr>${lead}<td colspan="${columns.length}">not measured: ${whyEmpty(row)}</td></tr>`
    }
    const cells = columns.map(({ path }) => html`<td class="n">${path(row) === null ? '' : shown(result, ['rows', index, ...(path(row) as string[])], metric.show)}</td>`)
    return html`<tr>${lead}${cells}</tr>`
  })
  return html`<table><thead><tr><th scope="col">strategy</th><th scope="col" class="n">buffer</th>${columns.map(({ title }) => html`<th scope="col" class="n">${title}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`
}

interface Column {
  title: string
  /** Null: this row has none. */
  path: (row: Place['row']) => string[] | null
}

/** A spread's numbers, or what a sum is the sum of. */
function partsOf({ key, scale }: Metric, places: readonly Place[]): Column[] {
  if (scale === 'time') {
    return ['median', 'p10', 'p90'].map((part) => ({ title: part, path: () => [key, part] }))
  }
  const field = key as 'syscalls' | 'contextSwitches' | 'pageFaults'
  const parts = [...new Set(places.flatMap(({ row }) => Object.keys(row[field])))]
  return [
    ...parts.map((part) => ({ title: part, path: (row: Place['row']) => (part in row[field] ? [field, part] : null) })),
    { title: 'all', path: () => [field] },
  ]
}

function bySize(result: BenchmarkResult): Html | null {
  const wall = wallOf(result)
  const curves = sizeCurves(result, wall)
  if (curves.length === 0) return null
  const best = sizesOf(result).flatMap((size) => bestOfEach(rowsOf(result, size), wall))
  const rows = best.map(({ row, index }) => {
    const cell = (path: string[], as: (value: number) => string) => shown(result, ['rows', index, ...path], as)
    const buffer = row.bufferSize === null ? 'none' : cell(['bufferSize'], bufferText)
    return html`<tr><th scope="row">${cell(['size'], sizeText)}</th><td>${row.strategy}</td><td class="n">${buffer}</td><td class="n">${cell([wall, 'median'], durationText)}</td><td class="n">${cell(['syscalls'], countText)}</td></tr>`
  })
  const described = curves.map(({ name, points }) => `${name}: ${points.map(({ size, time }) => `${durationText(time)} for ${sizeText(size)}`).join(', ')}.`)
  return figure({
    id: 'sizes',
    title: 'Time by size of the file',
    caption: 'Each strategy with the buffer that was its best at that size. Both axes are logarithmic.',
    description: described.join(' '),
    plot: (shape) => sizesPlot(curves, shape),
    table: html`<table><thead><tr><th scope="col">size</th><th scope="col">strategy</th><th scope="col" class="n">buffer</th><th scope="col" class="n">time</th><th scope="col" class="n">system calls</th></tr></thead><tbody>${rows}</tbody></table>`,
  })
}
