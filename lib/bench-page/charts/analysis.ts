/** The original's plot: buffer size against time in seconds, a line for each of its three modes, with its labels. */

import { axisX, axisY, dot, gridY, line, type Markish, type PlotOptions, ruleX, text } from '@observablehq/plot'
import type { BenchmarkResult } from '../../benchmark-types'
import { LABELS } from '../../receipt'
import { classOf, lookOf } from '../look'
import { bufferText, durationText } from '../quantity'
import { byStrategy, ORIGINAL_MODES, type Place, rowsOf, wallOf } from '../rows'
import { markAt } from './drawing'
import { endLabels } from './labels'
import type { Shape } from './shape'
import { roomy } from './ticks'

interface Point {
  buffer: number
  seconds: number
  low: number
  high: number
  at: string
  title: string
}

export interface Curve {
  name: Place['row']['strategy']
  label: string
  points: Point[]
}

/** The curves of the modes that ran, in the original's order; none: there is nothing to plot. */
export function curvesOf(result: BenchmarkResult, size: number): Curve[] {
  const groups = byStrategy(rowsOf(result, size))
  return ORIGINAL_MODES.map((name) => {
    const label = LABELS[name] ?? name
    const points = (groups.get(name) ?? []).flatMap((place) => pointOf(result, place, label))
    return { name, label, points: points.sort((a, b) => a.buffer - b.buffer) }
  }).filter(({ points }) => points.length > 0)
}

export function analysisPlot(curves: readonly Curve[], { width, fontSize, name }: Shape, title?: string): PlotOptions {
  const points = curves.flatMap((curve) => curve.points)
  const buffers = [...new Set(points.map(({ buffer }) => buffer))].sort((a, b) => a - b)
  const [first, last] = [buffers[0] as number, buffers.at(-1) as number]
  const domain: [number, number] = first === last ? [first / 2, last * 2] : [first, last]
  const [marginLeft, marginRight] = [name === 'wide' ? 66 : 56, name === 'wide' ? 112 : 98]
  const inset = 10
  const across = width - marginLeft - marginRight - 2 * inset
  const at = (buffer: number) => (Math.log(buffer / domain[0]) / Math.log(domain[1] / domain[0])) * across
  const ends = curves.map(({ name, label, points }) => {
    const end = points.at(-1) as Point
    return { name, text: label, x: end.buffer, y: end.seconds }
  })
  return {
    width,
    height: name === 'wide' ? 380 : 300,
    marginLeft,
    marginRight,
    marginTop: title === undefined ? 30 : 64,
    marginBottom: 48,
    style: `font-size:${fontSize}px`,
    x: { type: 'log', base: 2, domain, insetLeft: inset, insetRight: inset },
    y: { domain: [0, Math.max(...points.map(({ high }) => high)) * 1.02], nice: true, zero: true },
    marks: [
      gridY({ ticks: 5, strokeOpacity: 0.16 }),
      axisY({ ticks: 5, tickSize: 0, label: 'Time (seconds)', labelArrow: 'none' }),
      axisX({
        ticks: roomy(buffers, at, bufferTick, fontSize),
        tickFormat: bufferTick,
        label: 'Buffer size (bytes)',
        labelAnchor: 'center',
        labelArrow: 'none',
      }),
      ...(title === undefined ? [] : [heading(title, fontSize)]),
      ...curves.flatMap(({ name, points }) => {
        const { dash, symbol } = lookOf(name)
        const shared = { x: 'buffer', className: classOf(name), stroke: 'currentColor' } as const
        return [
          ruleX(points, { ...shared, y1: 'low', y2: 'high', strokeWidth: 5, strokeOpacity: 0.25 }),
          line(points, {
            ...shared,
            y: 'seconds',
            strokeWidth: 2,
            ...(dash === undefined ? {} : { strokeDasharray: dash }),
          }),
          dot(points, {
            ...shared,
            y: 'seconds',
            symbol: symbol as 'circle',
            fill: 'currentColor',
            r: 4,
            ariaLabel: 'at',
            title: 'title',
          }),
        ]
      }),
      endLabels(ends, fontSize),
    ],
  }
}

function pointOf(result: BenchmarkResult, { row, index }: Place, label: string): Point[] {
  const wall = wallOf(result)
  const time = row[wall]
  if (row.bufferSize === null || time === null) return []
  const spread = `${durationText(time.p10)} to ${durationText(time.p90)}`
  return [
    {
      buffer: row.bufferSize,
      seconds: time.median / 1000,
      low: time.p10 / 1000,
      high: time.p90 / 1000,
      at: markAt(['rows', index, wall, 'median']),
      title: `${label}, ${bufferText(row.bufferSize)}: ${durationText(time.median)} (${spread})`,
    },
  ]
}

function heading(title: string, fontSize: number): Markish {
  return text([title], { frameAnchor: 'top', dy: -44, fontSize: fontSize * 1.4, fontWeight: 600 })
}

/** Bytes, as the original's axis has them; from 1 KiB on by their names. */
function bufferTick(bytes: number): string {
  return bytes < 1024 ? `${bytes}` : bufferText(bytes)
}
