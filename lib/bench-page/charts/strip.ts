/** A line for each strategy, and on it a mark for each buffer: how far do they lie apart, and who is where? */

import { axisX, dot, gridX, type Markish, ruleY, text } from '@observablehq/plot'
import type { BenchmarkResult } from '../../benchmark-types'
import { classOf, lookOf } from '../look'
import { bufferText } from '../quantity'
import { byStrategy, type Name, type Place } from '../rows'
import { type Chart, markAt } from './drawing'
import { type Metric, measured } from './metrics'
import { rowLabels } from './row-labels'
import type { Shape } from './shape'
import { countTicks, logDomain, logTicks } from './ticks'

export interface Point {
  name: Name
  value: number
  low: number
  high: number
  buffer: number | null
  at: string
  title: string
}

export interface Strip {
  name: Name
  points: Point[]
  /** In place of points. */
  missing: string | null
}

export function stripsOf(metric: Metric, result: BenchmarkResult, places: readonly Place[]): Strip[] {
  return [...byStrategy(places)].map(([name, group]) => {
    const points = group.flatMap((place) => pointOf(metric, result, place))
    const [first] = group as [Place]
    const missing = first.row.unavailable !== null ? 'cannot run here' : 'not measured'
    return { name, points, missing: points.length === 0 ? missing : null }
  })
}

export function stripPlot(
  metric: Metric,
  strips: readonly Strip[],
  { width, fontSize, name: shape }: Shape,
): Chart {
  const wide = shape === 'wide'
  const points = strips.flatMap((strip) => strip.points)
  const values = points.flatMap(({ value, low, high }) => [value, low, high])
  // Only a count can be 0, which has no logarithm.
  const linearNearZero = metric.scale === 'count' || Math.min(...values) <= 0
  const highest = Math.max(...values)
  const domain: [number, number] = linearNearZero ? [0, Math.max(highest * 1.3, 10)] : logDomain(values)
  const [marginLeft, marginRight] = wide ? [140, 150] : [10, 14]
  const inset = 6
  const across = width - marginLeft - marginRight - 2 * inset
  const bend = linearNearZero ? Math.log1p : (value: number) => Math.log(value / domain[0])
  const at = (tick: number) => (bend(tick) / bend(domain[1])) * across
  const room = { at, text: metric.tick, fontSize: fontSize - 1 }
  const ticks = linearNearZero ? countTicks(domain[1], room) : logTicks(domain, room)
  return {
    width,
    height: strips.length * (wide ? 40 : 50) + 44,
    marginLeft,
    marginRight,
    marginTop: 8,
    marginBottom: 36,
    fontSize,
    x: { type: linearNearZero ? 'symlog' : 'log', domain, insetLeft: inset, insetRight: inset },
    y: { type: 'point', domain: strips.map(({ name }) => name), padding: 0.5, axis: null },
    marks: [
      gridX({ ticks, strokeOpacity: 0.14 }),
      axisX({
        ticks,
        tickFormat: metric.tick,
        tickSize: 0,
        label: null,
        fontSize: fontSize - 1,
      }),
      ruleY(strips, { y: 'name', strokeOpacity: 0.16 }),
      ...strips.flatMap((strip) => stripMarks(strip)),
      ...strips.flatMap((strip) => nameAndMissing(strip, wide, marginLeft)),
      rowLabels(strips, metric, { wide, fontSize }),
    ],
  }
}

function stripMarks({ name, points }: Strip): Markish[] {
  if (points.length === 0) return []
  const shared = { y: 'name', className: classOf(name), stroke: 'currentColor' } as const
  const values = points.map(({ value }) => value)
  const range = [{ name, low: Math.min(...values), high: Math.max(...values) }]
  return [
    ruleY(range, { ...shared, x1: 'low', x2: 'high', strokeWidth: 1.5 }),
    ruleY(points, { ...shared, x1: 'low', x2: 'high', strokeWidth: 7, strokeOpacity: 0.28 }),
    dot(points, {
      ...shared,
      x: 'value',
      symbol: lookOf(name).symbol as 'circle',
      fill: 'currentColor',
      r: 4,
      ariaLabel: 'at',
      title: 'title',
    }),
  ]
}

function nameAndMissing({ name, missing }: Strip, wide: boolean, marginLeft: number): Markish[] {
  const left = { y: 'name', frameAnchor: 'left', textAnchor: 'start' } as const
  return [
    text([{ name }], {
      ...left,
      text: 'name',
      className: classOf(name),
      fill: 'currentColor',
      fontWeight: 600,
      dx: wide ? -marginLeft : -10,
      dy: wide ? 0 : -17,
    }),
    ...(missing === null
      ? []
      : [text([{ name }], { ...left, text: () => missing, dx: wide ? 6 : 0, dy: wide ? -9 : 0 })]),
  ]
}

function pointOf(metric: Metric, result: BenchmarkResult, place: Place): Point[] {
  const { row, index } = place
  const value = measured(metric, result, place)
  if (value === null) return []
  const spread = metric.spread?.(row) ?? null
  const buffer = row.bufferSize === null ? '' : `, ${bufferText(row.bufferSize)}`
  return [
    {
      name: row.strategy,
      value,
      low: spread?.p10 ?? value,
      high: spread?.p90 ?? value,
      buffer: row.bufferSize,
      at: markAt(metric.path(index)),
      title: `${row.strategy}${buffer}: ${metric.show(value)}`,
    },
  ]
}
