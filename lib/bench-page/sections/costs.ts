/** Time and CPU; system calls, context switches, page faults: by size, strategy and buffer. */

import type { BenchmarkResult } from '../../benchmark-types'
import { figure } from '../charts/figure'
import { COUNTS, type Metric, measured, metricsWith, TIMES } from '../charts/metrics'
import { sizeCurves, sizesPlot } from '../charts/sizes'
import { type Strip, stripPlot, stripsOf } from '../charts/strip'
import { type Html, html } from '../html'
import { bufferText, countText, durationText, sizeText } from '../quantity'
import { type Format, shown } from '../record'
import { bestOfEach, type Place, rowsOf, sizesOf, TIME, usedBuffer, whyEmpty } from '../rows'
import { numbers, table, words } from '../table'

export function times(result: BenchmarkResult): Html {
  const sections = sizesOf(result).map((size) => ({ size, figures: strips(result, size, TIMES) }))
  return html`<section id="times"><h2>Time and CPU</h2>
<p>A mark for each buffer, a line for each strategy. The axes are logarithmic: from one power of ten to the next it is ten times as much. Left is better. The pale bar behind a mark reaches from the 10th to the 90th percentile.</p>
${bySize(result)}
${sections.map(({ size, figures }) => perSize(result, size, figures, 'in-two'))}
</section>`
}

export function counts(result: BenchmarkResult): Html {
  const sections = sizesOf(result).map((size) => ({ size, figures: strips(result, size, COUNTS) }))
  return html`<section id="counts"><h2>What the kernel counted</h2>
<p>Medians of a run, for the thread that moved the bytes. They hardly depend on how fast the machine is: they say what a strategy asks of it.</p>
${sections.map(({ size, figures }) => perSize(result, size, figures, 'in-three'))}
</section>`
}

function perSize(result: BenchmarkResult, size: number, figures: Html[], className: string): Html {
  const title = sizesOf(result).length > 1 && html`<p class="of-size">${sizeText(size)}</p>`
  return html`${title}<div class="figures ${className}">${figures}</div>`
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
      table: cellsOf(result, metric, places, `${metric.title}${many}`),
    })
  })
}

function described({ name, points, missing }: Strip, { show }: Metric): string {
  const values = points.map(({ value }) => value)
  if (missing !== null) return `${name}: ${missing}.`
  const [least, most] = [show(Math.min(...values)), show(Math.max(...values))]
  return least === most ? `${name}: ${least}.` : `${name}: ${least} to ${most}.`
}

function cellsOf(result: BenchmarkResult, metric: Metric, places: readonly Place[], name: string): Html {
  const parts = partsOf(metric, places)
  const rows = places.map((place) => {
    const { row, index } = place
    const asked = row.bufferSize === null ? 'none' : shown(result, ['rows', index, 'bufferSize'], bufferText)
    if (measured(metric, result, place) === null)
      return [row.strategy, asked, `not measured: ${whyEmpty(row)}`]
    const cells = parts.map(({ path }) => {
      const inRow = path(row)
      return inRow === null ? '' : shown(result, ['rows', index, ...inRow], metric.show)
    })
    return [row.strategy, asked, ...cells]
  })
  const columns = [words('strategy'), numbers('buffer'), ...parts.map(({ title }) => numbers(title))]
  return table({ name, columns, rows })
}

interface Part {
  title: string
  /** Null: this row has none. */
  path: (row: Place['row']) => string[] | null
}

/** A spread's numbers, or what a sum is the sum of. */
function partsOf({ key, scale }: Metric, places: readonly Place[]): Part[] {
  if (scale === 'time') {
    return ['median', 'p10', 'p90'].map((part) => ({ title: part, path: () => [key, part] }))
  }
  const field = key as 'syscalls' | 'contextSwitches' | 'pageFaults'
  const parts = [...new Set(places.flatMap(({ row }) => Object.keys(row[field])))]
  return [
    ...parts.map((part) => ({
      title: part,
      path: (row: Place['row']) => (part in row[field] ? [field, part] : null),
    })),
    { title: 'all', path: () => [field] },
  ]
}

function bySize(result: BenchmarkResult): Html | null {
  const curves = sizeCurves(result, TIME)
  if (curves.length === 0) return null
  const best = sizesOf(result).flatMap((size) => bestOfEach(result, rowsOf(result, size), TIME))
  const rows = best.map(({ row, index }) => {
    const cell = (path: string[], as: Format) => shown(result, ['rows', index, ...path], as)
    const used = usedBuffer(result, index)
    return [
      cell(['size'], sizeText),
      html`<code>${row.strategy}</code>`,
      cell([TIME, 'median'], durationText),
      cell(['syscalls'], countText),
      used === null ? 'none' : shown(result, used, bufferText),
    ]
  })
  const described = curves.map(
    ({ name, points }) =>
      `${name}: ${points.map(({ size, time }) => `${durationText(time)} for ${sizeText(size)}`).join(', ')}.`,
  )
  const chart = figure({
    id: 'sizes',
    title: 'Time by size of the file',
    caption: 'Each strategy with the buffer that was its best at that size. Both axes are logarithmic.',
    description: described.join(' '),
    plot: (shape) => sizesPlot(curves, shape),
    table: table({
      name: 'Time by size of the file',
      columns: [numbers('size'), words('strategy'), ...['time', 'system calls', 'buffer'].map(numbers)],
      rows,
    }),
  })
  return html`<div class="beside">${chart}<div class="aside">${fastestOf(result)}</div></div>`
}

function fastestOf(result: BenchmarkResult): Html {
  const rows = sizesOf(result).flatMap((size) =>
    bestOfEach(result, rowsOf(result, size), TIME)
      .slice(0, 1)
      .map(({ row, index }) => [
        shown(result, ['rows', index, 'size'], sizeText),
        html`<code>${row.strategy}</code>`,
        shown(result, ['rows', index, TIME, 'median'], durationText),
      ]),
  )
  return table({
    name: 'The fastest at each size',
    columns: [numbers('size'), words('strategy'), numbers('time')],
    rows,
  })
}
