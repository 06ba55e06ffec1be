/** What was found, in sentences: the original's finding, and what `auto` makes of it. */

import type { BenchmarkResult, BenchmarkRow, Spread } from './benchmark-types'
import { durationText } from './quantity'
import { sizeText } from './receipt'
import type { Attempt } from './report'

type Rows = readonly BenchmarkRow[]

/** A row that ran. */
type Measured = BenchmarkRow & { durationMs: Spread }

/** Less is noise of a machine that does other things too. */
const NOISE = 1.25

/** `sendfile is flat`, `read_write falls from ... to ...`; a size at a time. */
export function findingOf(rows: Rows): string[] {
  const sizes = [...new Set(rows.map((row) => row.size))]
  return sizes.flatMap((size) => {
    const of = rows.filter((row) => row.size === size)
    const said = [
      ...lineOf(of, 'read_write'),
      ...lineOf(of, 'mmap_write'),
      ...lineOf(of, 'sendfile'),
      ...timesOf(of),
    ]
    return sizes.length === 1 ? said : said.map((sentence) => `${sizeText(size)}: ${sentence}`)
  })
}

export function autoOf(rows: Rows, samples: BenchmarkResult['samples']): BenchmarkResult['auto'] {
  const latest = samples.filter(({ strategy }) => strategy === 'auto').at(-1)
  if (latest === undefined) return { picks: null, why: 'auto was not measured.', attempts: [] }
  const { strategy: picks, attempts } = latest.report
  const others = attempts.filter(({ outcome }) => outcome !== 'finished').map(whyNot)
  const first = others.length === 0 ? 'the first that it tries here' : others.join('; ')
  const row = rows.filter(measured).find(({ size, strategy }) => strategy === 'auto' && size === latest.size)
  const parts = [`auto picks ${picks}: ${first}.`]
  if (row !== undefined) parts.push(...rankOf(row, rows))
  return { picks, why: parts.join(' '), attempts }
}

function measured(row: BenchmarkRow): row is Measured {
  return row.durationMs !== null
}

function whyNot({ strategy, outcome, reason }: Attempt): string {
  return `${strategy} was ${outcome}${reason === null ? '' : `, ${reason}`}`
}

/** How `auto` did beside the fastest of what was named. */
function rankOf(auto: Measured, rows: Rows): string[] {
  const named = rows
    .filter(measured)
    .filter(({ size, strategy }) => size === auto.size && strategy !== 'auto')
  if (named.length === 0) return []
  const best = named.reduce((a, b) => (b.durationMs.median < a.durationMs.median ? b : a))
  const times = [auto.durationMs.median, best.durationMs.median].map(durationText)
  return [`It took ${times[0]}; of those that were named ${best.strategy} was the fastest with ${times[1]}.`]
}

function byBuffer(rows: Rows, strategy: string): Measured[] {
  const found = rows.filter(measured).filter((row) => row.strategy === strategy && row.bufferSize !== null)
  return found.sort((a, b) => (a.bufferSize as number) - (b.bufferSize as number))
}

/** How the time goes with the buffer. */
function lineOf(rows: Rows, strategy: 'read_write' | 'mmap_write' | 'sendfile'): string[] {
  const points = byBuffer(rows, strategy)
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || first === last) return []
  const [from, to] = [first.durationMs.median, last.durationMs.median]
  const medians = points.map((row) => row.durationMs.median)
  const [least, most] = [Math.min(...medians), Math.max(...medians)]
  const range = `${durationText(least)} to ${durationText(most)}`
  if (strategy === 'sendfile')
    return [`sendfile ${flatness(points)}: ${range}, whatever the buffer. It has none.`]
  if (Math.max(from / to, to / from) < NOISE) {
    return [
      `${strategy} is flat: ${range}, with buffers from ${first.bufferSize} to ${last.bufferSize} bytes.`,
    ]
  }
  const [way, times] = from > to ? ['falls', from / to] : ['rises', to / from]
  const ends = [first, last].map((row) => `${durationText(row.durationMs.median)} with ${row.bufferSize}`)
  return [`${strategy} ${way} from ${ends[0]} to ${ends[1]} bytes: ${timesText(times)} times.`]
}

/** Flat: the medians are near each other. Within the noise: what lies between the outer tenths has something in common. */
function flatness(points: readonly Measured[]): string {
  const medians = points.map((row) => row.durationMs.median)
  if (Math.max(...medians) / Math.min(...medians) < NOISE) return 'is flat'
  const highestLow = Math.max(...points.map((row) => row.durationMs.p10))
  const lowestHigh = Math.min(...points.map((row) => row.durationMs.p90))
  return highestLow <= lowestHigh
    ? 'is flat within the noise'
    : 'is not flat here (the machine did other things too)'
}

/** `With 32 bytes read_write takes 160 times and mmap_write 90 times as long as sendfile.` */
function timesOf(rows: Rows): string[] {
  const sendfile = byBuffer(rows, 'sendfile')
  const ends = [...new Set([sendfile[0], sendfile.at(-1)])]
  return ends.flatMap((base) => {
    if (base === undefined) return []
    const same = rows.filter(measured).filter(({ bufferSize }) => bufferSize === base.bufferSize)
    const others = same.filter(({ strategy }) => strategy !== 'sendfile')
    const told = others.map(({ strategy, durationMs }, i) => {
      const times = timesText(durationMs.median / base.durationMs.median)
      return `${strategy} ${i === 0 ? 'takes ' : ''}${times} times`
    })
    return told.length === 0
      ? []
      : [`With ${base.bufferSize} bytes ${told.join(' and ')} as long as sendfile.`]
  })
}

export function timesText(times: number): string {
  return times < 9.95 ? times.toFixed(times < 1.995 ? 2 : 1) : Math.round(times).toLocaleString('en-US')
}
