/** The one sentence on top: how much faster, on this machine. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html } from '../html'
import { bufferWord, durationText, sizeText, timesText } from '../quantity'
import { ratio, shown } from '../record'
import { mainSize, type Place, ranked, rowsOf, TIME, usedBuffer } from '../rows'

export function headline(result: BenchmarkResult): Html {
  const size = mainSize(result)
  if (size === null) return html`Nothing was measured on this machine.`
  const places = ranked(rowsOf(result, size), TIME)
  return html`On this machine ${betweenStrategies(result, places) ?? betweenBuffers(result, places) ?? alone(result, places[0] as Place)}.`
}

/**
 * The original's finding, sendfile against read_write with the smallest buffer, or what comes nearest to it. What
 * has a buffer is compared with what has the same one or none.
 */
function betweenStrategies(result: BenchmarkResult, places: readonly Place[]): Html | null {
  const own = places.filter(({ row }) => row.strategy !== 'auto')
  const free = own.filter(({ index }) => usedBuffer(result, index) === null)
  // what has a buffer of its own choice, as direct, is compared with nobody's
  const buffered = own.filter((place) => !free.includes(place) && place.row.bufferSize !== null)
  const smallest = Math.min(...buffered.map(({ row }) => row.bufferSize ?? 0))
  const small = buffered.filter(({ row }) => row.bufferSize === smallest)
  const quick = sameBuffer(free, 'sendfile', smallest) ?? free[0]
  const slow = sameBuffer(small, 'read_write', smallest) ?? small.at(-1)
  if (quick !== undefined && slow !== undefined) {
    return html`${code(quick)} was ${times(result, quick, slow)} ${code(slow)} with ${aBuffer(result, slow)}`
  }
  const alike = slow === undefined ? free : small
  const [first, last] = [alike[0], alike.filter(({ row }) => row.strategy !== alike[0]?.row.strategy).at(-1)]
  if (first === undefined || last === undefined) return null
  const both = slow !== undefined && html`, both with ${aBuffer(result, last)}`
  return html`${code(first)} was ${times(result, first, last)} ${code(last)}${both}`
}

/** Of one strategy: its fastest against its smallest. */
function betweenBuffers(result: BenchmarkResult, places: readonly Place[]): Html | null {
  const [best, worst] = [places[0], places.at(-1)]
  if (best === undefined || worst === undefined || best.row.bufferSize === worst.row.bufferSize) return null
  if (best.row.bufferSize === null || worst.row.bufferSize === null) return null
  return html`${code(best)} with ${aBuffer(result, best)} was ${times(result, best, worst)} with ${aBuffer(result, worst)}`
}

function alone(result: BenchmarkResult, only: Place): Html {
  const verb = result.command === 'file' ? 'copied' : 'sent'
  const time = shown(result, ['rows', only.index, TIME, 'median'], durationText)
  const buffer =
    usedBuffer(result, only.index) !== null &&
    only.row.bufferSize !== null &&
    html` with ${aBuffer(result, only)}`
  return html`${code(only)} ${verb} ${shown(result, ['rows', only.index, 'size'], sizeText)} in ${time}${buffer}`
}

function sameBuffer(places: readonly Place[], name: string, buffer: number): Place | undefined {
  const own = places.filter(({ row }) => row.strategy === name)
  return own.find(({ row }) => row.bufferSize === buffer) ?? own[0]
}

function times(result: BenchmarkResult, quick: Place, slow: Place): Html {
  const path = ({ index }: Place) => ['rows', index, TIME, 'median'] as const
  const [fast, other] = [quick.row[TIME]?.median ?? 0, slow.row[TIME]?.median ?? 0]
  if (Math.max(fast, other) / Math.min(fast, other) < 1.05) return html`about as fast as`
  return other > fast
    ? html`${ratio(result, path(slow), path(quick), timesText)} times as fast as`
    : html`${ratio(result, path(quick), path(slow), timesText)} times as slow as`
}

function aBuffer(result: BenchmarkResult, { index }: Place): Html {
  return html`a ${shown(result, ['rows', index, 'bufferSize'], bufferWord)} buffer`
}

function code({ row }: Place): Html {
  return html`<code>${row.strategy}</code>`
}
