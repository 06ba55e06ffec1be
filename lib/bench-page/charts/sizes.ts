/** Size of the file against time: a line for each strategy, with the buffer that was its best at each size. */

import { axisX, axisY, dot, gridX, gridY, line } from '@observablehq/plot'
import type { BenchmarkResult } from '../../benchmark-types'
import { classOf, lookOf } from '../look'
import { bufferText, durationText, sizeText, tickText } from '../quantity'
import { bestOfEach, byStrategy, type Name, type Place, rowsOf, sizesOf, type Timing } from '../rows'
import { type Chart, markAt } from './drawing'
import { endLabels } from './labels'
import type { Shape } from './shape'
import { logDomain, logTicks, thinned, upright } from './ticks'

interface Curve {
  name: Name
  points: { size: number; time: number; at: string; title: string }[]
}

/** Empty unless there is more than one size. */
export function sizeCurves(result: BenchmarkResult, timing: Timing): Curve[] {
  const best = sizesOf(result).flatMap((size) => bestOfEach(result, rowsOf(result, size), timing))
  if (new Set(best.map(({ row }) => row.size)).size < 2) return []
  return [...byStrategy(best)].map(([name, places]) => ({
    name,
    points: places.map((place) => pointOf(place, timing)).sort((a, b) => a.size - b.size),
  }))
}

export function sizesPlot(curves: readonly Curve[], { width, fontSize, name: shape }: Shape): Chart {
  const wide = shape === 'wide'
  const points = curves.flatMap((curve) => curve.points)
  const sizes = [...new Set(points.map(({ size }) => size))].sort((a, b) => a - b)
  const domain: [number, number] = [sizes[0] as number, sizes.at(-1) as number]
  const times = logDomain(points.map(({ time }) => time))
  const [marginLeft, marginRight, inset] = [wide ? 78 : 70, wide ? 150 : 130, 10]
  const [height, marginTop, marginBottom] = [wide ? 380 : 340, 14, 48]
  const across = width - marginLeft - marginRight - 2 * inset
  const at = (size: number) => (Math.log(size / domain[0]) / Math.log(domain[1] / domain[0])) * across
  const down = (time: number) =>
    (Math.log(time / times[0]) / Math.log(times[1] / times[0])) * (height - marginTop - marginBottom)
  const ticks = logTicks(times, upright(down, fontSize))
  const ends = curves.map(({ name, points }) => {
    const end = points.at(-1) as Curve['points'][0]
    return { name, text: name, x: end.size, y: end.time }
  })
  return {
    width,
    height,
    marginLeft,
    marginRight,
    marginTop,
    marginBottom,
    fontSize,
    x: { type: 'log', domain, insetLeft: inset, insetRight: inset },
    y: { type: 'log', domain: times },
    marks: [
      gridX({ ticks: sizes, strokeOpacity: 0.14 }),
      gridY({ ticks, strokeOpacity: 0.14 }),
      axisY({
        ticks,
        tickFormat: tickText,
        tickSize: 0,
        label: null,
      }),
      axisX({
        ticks: thinned(sizes, { at, text: sizeText, fontSize }),
        tickFormat: sizeText,
        tickSize: 0,
        label: 'Size of the file',
        labelAnchor: 'center',
        labelArrow: 'none',
      }),
      ...curves.flatMap(curveMarks),
      endLabels(ends, fontSize),
    ],
  }
}

function curveMarks({ name, points }: Curve) {
  const { dash, symbol } = lookOf(name)
  const shared = { x: 'size', y: 'time', className: classOf(name), stroke: 'currentColor' } as const
  return [
    line(points, { ...shared, strokeWidth: 2, ...(dash === undefined ? {} : { strokeDasharray: dash }) }),
    dot(points, {
      ...shared,
      symbol: symbol as 'circle',
      // Hollow: where strategies are equally fast, one shows through the other.
      fill: 'none',
      r: 4.5,
      ariaLabel: 'at',
      title: 'title',
    }),
  ]
}

function pointOf({ row, index }: Place, timing: Timing): Curve['points'][0] {
  const time = row[timing]?.median as number
  const buffer = row.bufferSize === null ? '' : `, ${bufferText(row.bufferSize)}`
  return {
    size: row.size,
    time,
    at: markAt(['rows', index, timing, 'median']),
    title: `${row.strategy}, ${sizeText(row.size)}${buffer}: ${durationText(time)}`,
  }
}
