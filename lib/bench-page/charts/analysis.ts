/** The original's plot: buffer size against time in seconds, a line for each of its three modes, with its labels. */

import { axisX, axisY, dot, gridY, line, type Markish, ruleX } from '@observablehq/plot'
import type { BenchmarkResult } from '../../benchmark-types'
import { LABELS } from '../../receipt'
import { classOf, lookOf } from '../look'
import { bufferText, durationText } from '../quantity'
import { byStrategy, ORIGINAL_MODES, type Place, rowsOf, TIME } from '../rows'
import { type Chart, markAt } from './drawing'
import { endLabels } from './labels'
import type { Shape } from './shape'
import { logDomain, logTicks, thinned, upright } from './ticks'

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
    const points = (groups.get(name) ?? []).flatMap((place) => pointOf(place, label))
    return { name, label, points: points.sort((a, b) => a.buffer - b.buffer) }
  }).filter(({ points }) => points.length > 0)
}

export function analysisPlot(curves: readonly Curve[], { width, fontSize, name }: Shape): Chart {
  const wide = name === 'wide'
  const [marginLeft, marginRight] = wide ? [66, 112] : [56, 98]
  const [marginTop, marginBottom] = [30, 48]
  const height = wide ? 380 : 300
  const ends = curves.map(({ name, label, points }) => {
    const end = points.at(-1) as Point
    return { name, text: label, x: end.buffer, y: end.seconds }
  })
  const { x, xAxis } = bufferAxis(curves, width - marginLeft - marginRight, fontSize)
  const { y, yAxis } = timeAxis(curves, height - marginTop - marginBottom, fontSize)
  return {
    width,
    height,
    marginLeft,
    marginRight,
    marginTop,
    marginBottom,
    fontSize,
    x,
    y,
    marks: [
      gridY({ ticks: yAxis.ticks, strokeOpacity: 0.16 }),
      axisY({ ...yAxis, tickSize: 0, label: 'Time (seconds)', labelArrow: 'none' }),
      axisX({ ...xAxis, label: 'Buffer size (bytes)', labelAnchor: 'center', labelArrow: 'none' }),
      ...curves.flatMap(curveMarks),
      endLabels(ends, fontSize),
    ],
  }
}

function curveMarks({ name, points }: Curve): Markish[] {
  const { dash, symbol } = lookOf(name)
  const shared = { x: 'buffer', className: classOf(name), stroke: 'currentColor' } as const
  const dashed = dash === undefined ? {} : { strokeDasharray: dash }
  const marker = { symbol: symbol as 'circle', fill: 'currentColor', r: 4 }
  return [
    ruleX(points, { ...shared, y1: 'low', y2: 'high', strokeWidth: 5, strokeOpacity: 0.25 }),
    line(points, { ...shared, ...dashed, y: 'seconds', strokeWidth: 2 }),
    dot(points, { ...shared, ...marker, y: 'seconds', ariaLabel: 'at', title: 'title' }),
  ]
}

function bufferAxis(curves: readonly Curve[], length: number, fontSize: number) {
  const all = curves.flatMap(({ points }) => points.map(({ buffer }) => buffer))
  const buffers = [...new Set(all)].sort((a, b) => a - b)
  const [first, last] = [buffers[0] as number, buffers.at(-1) as number]
  const domain: [number, number] = first === last ? [first / 2, last * 2] : [first, last]
  const inset = 10
  const at = (buffer: number) =>
    (Math.log(buffer / domain[0]) / Math.log(domain[1] / domain[0])) * (length - 2 * inset)
  return {
    x: { type: 'log', base: 2, domain, insetLeft: inset, insetRight: inset } as const,
    xAxis: { ticks: thinned(buffers, { at, text: bufferTick, fontSize }), tickFormat: bufferTick },
  }
}

function timeAxis(curves: readonly Curve[], length: number, fontSize: number) {
  const times = curves.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]))
  if (!isLogarithmic(curves)) {
    const y = { domain: [0, Math.max(...times) * 1.02], nice: true, zero: true }
    return { y, yAxis: { ticks: 5 } }
  }
  const domain = logDomain(times)
  const at = (seconds: number) => (Math.log(seconds / domain[0]) / Math.log(domain[1] / domain[0])) * length
  return {
    y: { type: 'log', domain } as const,
    yAxis: { ticks: logTicks(domain, upright(at, fontSize)), tickFormat: (seconds: number) => `${seconds}` },
  }
}

/** From a few bytes to a few kilobytes, as the original, the curve itself shows all; beyond, it would lie on the axis. */
export function isLogarithmic(curves: readonly Curve[]): boolean {
  const buffers = curves.flatMap(({ points }) => points.map(({ buffer }) => buffer))
  return Math.max(...buffers) > 64 * Math.min(...buffers)
}

function pointOf({ row, index }: Place, label: string): Point[] {
  const time = row[TIME]
  if (row.bufferSize === null || time === null) return []
  const spread = `${durationText(time.p10)} to ${durationText(time.p90)}`
  return [
    {
      buffer: row.bufferSize,
      seconds: time.median / 1000,
      low: time.p10 / 1000,
      high: time.p90 / 1000,
      at: markAt(['rows', index, TIME, 'median']),
      title: `${label}, ${bufferText(row.bufferSize)}: ${durationText(time.median)} (${spread})`,
    },
  ]
}

/** Bytes, as the original's axis has them; from 1 KiB on by their names. */
function bufferTick(bytes: number): string {
  return bytes < 1024 ? `${bytes}` : bufferText(bytes)
}
