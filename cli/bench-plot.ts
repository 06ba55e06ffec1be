/** Time against buffer size, drawn with letters: one a strategy, so that no colour is needed. */

import { plot } from 'simple-ascii-chart'
import type { BenchmarkRow } from '../index'
import { durationText } from './quantity'

type Point = [x: number, y: number]

interface Line {
  name: string
  letter: string
  /** By buffer; one alone is for all of them. */
  points: Point[]
}

const HEIGHT = 18
/** What reaches over so many times its least is drawn logarithmically: what is small would lie on the axis. */
const WIDE = 8

/** Of rows of one size; null where fewer than two buffers were measured. */
export function plotText(rows: readonly BenchmarkRow[], width = 72): string | null {
  const lines = linesOf(rows)
  const buffers = sorted(lines.flatMap(({ points }) => (points.length > 1 ? points.map(([x]) => x) : [])))
  if (buffers.length < 2) return null
  const frame: Frame = {
    x: { ...scaleOf(buffers), least: buffers[0] as number },
    y: scaleOf(lines.flatMap(({ points }) => points.map(([, ms]) => ms))),
    columns: width,
  }
  const { x, y } = frame
  const letters = new Map<number, string>()
  const dotted = lines.map((line, i) => {
    const dots = dotsOf(line, i, lines.length, frame)
    for (const [at] of dots) letters.set(at, line.letter)
    return dots
  })
  const chart = plot(dotted, {
    // Not from the least of the points: what hardly changes would look steep.
    yRange: [y.to(y.least), y.to(y.most)],
    width,
    height: HEIGHT,
    customXAxisTicks: buffers.map(x.to),
    customYAxisTicks: ticksOf(y),
    formatter: (value, { axis }) => (axis === 'x' ? `${Math.round(x.from(value))}` : tickText(y.from(value))),
    lineFormatter: (dot) => ({ x: dot.plotX, y: dot.plotY, symbol: letters.get(dot.x) ?? '?' }),
  })
  const legend = lines.map(({ letter, name }) => `${letter} ${name}`).join('   ')
  return `${trimmed(chart)}\n${legend}\ntime${wordOf(y)} against buffer size in bytes${wordOf(x)}`
}

interface Frame {
  x: Scale
  y: Scale
  columns: number
}

/** From what was measured to where it stands, and back. */
interface Scale {
  to: (value: number) => number
  from: (place: number) => number
  least: number
  most: number
  isLog: boolean
}

function scaleOf(values: readonly number[]): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return most / least >= WIDE
    ? { to: Math.log10, from: (place) => 10 ** place, least, most, isLog: true }
    : { to: (value) => value, from: (place) => place, least: 0, most, isLog: false }
}

function linesOf(rows: readonly BenchmarkRow[]): Line[] {
  const lines = new Map<string, Point[]>()
  for (const { strategy, bufferSize, durationMs } of rows) {
    if (durationMs === null) continue
    const points = lines.get(strategy) ?? []
    lines.set(strategy, [...points, [bufferSize ?? 0, durationMs.median]])
  }
  const free = [...'abcdefghijklmnopqrstuvwxyz']
  return [...lines].map(([name, points]) => {
    const wanted = [...name, ...free].find((letter) => free.includes(letter)) ?? '?'
    free.splice(free.indexOf(wanted), 1)
    return { name, letter: wanted, points: points.sort(([a], [b]) => a - b) }
  })
}

/** A line's letter in every so many columns: where lines lie on each other, their letters take turns. */
function dotsOf({ points }: Line, index: number, lines: number, { x, y, columns }: Frame): Point[] {
  const [from, to] = [x.to(x.least), x.to(x.most)]
  const dots: Point[] = []
  for (let column = index; column < columns; column += lines) {
    const at = from + ((to - from) * column) / (columns - 1)
    dots.push([at, y.to(heightAt(points, at, x, y))])
  }
  return dots
}

/** Straight from point to point, as the scales have it. */
function heightAt(points: readonly Point[], at: number, x: Scale, y: Scale): number {
  const after = points.findIndex(([buffer]) => x.to(buffer) >= at)
  const [next, before] = [points.at(after) as Point, points[Math.max(0, after - 1)] as Point]
  const [start, end] = [x.to(before[0]), x.to(next[0])]
  if (points.length === 1 || after <= 0 || start === end) return next[1]
  const share = (at - start) / (end - start)
  return y.from(y.to(before[1]) + share * (y.to(next[1]) - y.to(before[1])))
}

/** Round numbers inside the range: 1, 2 and 5 times a power of ten, or steps of one of them. */
function ticksOf({ least, most, isLog, to }: Scale): number[] {
  const powers = Array.from({ length: 16 }, (_, i) => 10 ** (i - 6))
  const round = powers.flatMap((power) => [power, 2 * power, 5 * power])
  if (!isLog) {
    const step = round.find((ms) => ms >= most / 5) ?? most
    return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step)
  }
  return round.filter((ms) => ms >= least && ms <= most).map(to)
}

/** `2 ms`, `0.5 ms`, `20 s` */
function tickText(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(2))} ms` : durationText(ms)
}

function wordOf({ isLog }: Scale): string {
  return isLog ? ' (logarithmic)' : ''
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

/** Without the spaces that fill its lines, and its empty ones. */
function trimmed(chart: string): string {
  const lines = chart.split('\n').map((line) => line.trimEnd())
  return lines.filter(Boolean).join('\n')
}
