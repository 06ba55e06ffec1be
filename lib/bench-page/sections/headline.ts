/** The one sentence on top: how much faster, on this machine. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html } from '../html'
import { bufferWord, durationText, sizeText, timesText } from '../quantity'
import { ratio, shown } from '../record'
import { bestOfEach, mainSize, type Place, ranked, rowsOf, wallOf } from '../rows'

export function headline(result: BenchmarkResult): Html {
  const size = mainSize(result)
  if (size === null) return html`Nothing was measured on this machine.`
  const wall = wallOf(result)
  const places = rowsOf(result, size)
  const pair = experimentPair(places, wall) ?? extremes(places, wall)
  if (pair === null) {
    const [only] = ranked(places, wall) as [Place]
    const time = shown(result, ['rows', only.index, wall, 'median'], durationText)
    return html`On this machine ${code(only)} ${verb(result)} ${shown(result, ['rows', only.index, 'size'], sizeText)} in ${time}${withBuffer(result, only)}.`
  }
  return html`On this machine ${comparison(result, ...pair)}.`
}

/** The original's finding: sendfile against read_write with the smallest buffer. */
function experimentPair(places: readonly Place[], wall: ReturnType<typeof wallOf>): [Place, Place] | null {
  const measured = places.filter(({ row }) => row[wall] !== null)
  const smallest = (name: string) =>
    measured
      .filter(({ row }) => row.strategy === name)
      .sort((a, b) => (a.row.bufferSize ?? 0) - (b.row.bufferSize ?? 0))[0]
  const [quick, slow] = [smallest('sendfile'), smallest('read_write')]
  return quick === undefined || slow === undefined ? null : [quick, slow]
}

/** Without those two: the fastest and the slowest strategy, each with its best buffer. */
function extremes(places: readonly Place[], wall: ReturnType<typeof wallOf>): [Place, Place] | null {
  const best = bestOfEach(places, wall)
  return best.length < 2 ? null : [best[0] as Place, best.at(-1) as Place]
}

function comparison(result: BenchmarkResult, quick: Place, slow: Place): Html {
  const wall = wallOf(result)
  const path = ({ index }: Place) => ['rows', index, wall, 'median'] as const
  const [fast, other] = [quick.row[wall]?.median ?? 0, slow.row[wall]?.median ?? 0]
  const times =
    other >= fast
      ? html`${ratio(result, path(slow), path(quick), timesText)} times as fast as`
      : html`${ratio(result, path(quick), path(slow), timesText)} times as slow as`
  const near = Math.max(fast, other) / Math.min(fast, other) < 1.05
  return html`${code(quick)} was ${near ? 'about as fast as' : times} ${code(slow)}${withBuffer(result, slow)}`
}

function withBuffer(result: BenchmarkResult, { row, index }: Place): Html | null {
  if (row.bufferSize === null) return null
  return html` with a ${shown(result, ['rows', index, 'bufferSize'], bufferWord)} buffer`
}

function verb({ command }: BenchmarkResult): string {
  return command === 'file' ? 'copied' : 'sent'
}

function code({ row }: Place): Html {
  return html`<code>${row.strategy}</code>`
}
