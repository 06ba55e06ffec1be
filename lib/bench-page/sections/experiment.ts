/** The original's experiment: its plot, and what it says about this machine. */

import type { BenchmarkResult } from '../../benchmark-types'
import { analysisPlot, type Curve, curvesOf, isLogarithmic } from '../charts/analysis'
import { figure } from '../charts/figure'
import { type Html, html } from '../html'
import { told } from '../names'
import { bufferText, countText, durationText, secondsText, shortTimeText, sizeText } from '../quantity'
import { shown, slope } from '../record'
import { ORIGINAL_MODES, type Place, rowsOf, sizesOf, TIME } from '../rows'
import { numbers, table } from '../table'

export function experiment(result: BenchmarkResult): Html | null {
  const sizes = sizesOf(result).filter((size) => curvesOf(result, size).length > 0)
  if (sizes.length === 0 && result.finding.length === 0) return null
  return html`<section id="experiment"><h2>The experiment</h2>
${sizes.length > 0 && html`<p>${origin(result)}</p>`}
${result.finding.length > 0 && html`<ul class="finding">${result.finding.map((sentence) => html`<li>${told(sentence)}</li>`)}</ul>`}
${sizes.map((size) => html`<div class="beside">${plotOf(result, size)}<div class="aside">${lesson(result, size)}${secondsOf(result, size)}</div></div>`)}
</section>`
}

function origin({ command }: BenchmarkResult): string {
  const what =
    command === 'file'
      ? 'A file is copied from disk to disk'
      : 'A file is sent to a socket (the original copied from disk to disk)'
  return `${what} by each of the three modes of the original C programs, with one buffer size after the other. A line that falls pays for every call; a flat one does not care how large the buffer is.`
}

function plotOf(result: BenchmarkResult, size: number): Html {
  const curves = curvesOf(result, size)
  return figure({
    id: `analysis-${size}`,
    title: `Time by buffer size, ${sizeText(size)}`,
    caption: captionOf(isLogarithmic(curves)),
    description: `${curves.map(described).join(' ')}`,
    plot: (shape) => analysisPlot(curves, shape),
    table: null,
  })
}

function captionOf(logarithmic: boolean): string {
  const axes = logarithmic ? 'both axes are logarithmic' : 'equal steps to the right are equal factors'
  return `Medians, with the 10th to the 90th percentile as a pale bar; ${axes}.`
}

export function described({ label, points }: Curve): string {
  const [first, last] = [points[0], points.at(-1)] as [Curve['points'][0], Curve['points'][0]]
  const begin = `${label}: ${durationText(first.seconds * 1000)} with ${bufferText(first.buffer)}`
  return first === last
    ? `${begin}.`
    : `${begin}, ${durationText(last.seconds * 1000)} with ${bufferText(last.buffer)}.`
}

function secondsOf(result: BenchmarkResult, size: number): Html {
  const places = rowsOf(result, size).filter(({ row }) => row[TIME] !== null && row.bufferSize !== null)
  const buffers = [...new Set(places.map(({ row }) => row.bufferSize as number))].sort((a, b) => a - b)
  const modes = ORIGINAL_MODES.filter((mode) => places.some(({ row }) => row.strategy === mode))
  const cell = (mode: string, buffer: number) => {
    const place = places.find(({ row }) => row.strategy === mode && row.bufferSize === buffer)
    return place === undefined ? 'none' : shown(result, ['rows', place.index, TIME, 'median'], secondsText)
  }
  return table({
    name: `Seconds, as in the plot, ${sizeText(size)}`,
    columns: [numbers('buffer'), ...modes.map((mode) => numbers(html`<code>${mode}</code>`))],
    rows: buffers.map((buffer) => {
      const index = places.find(({ row }) => row.bufferSize === buffer)?.index ?? 0
      const head = shown(result, ['rows', index, 'bufferSize'], bufferText)
      return [head, ...modes.map((mode) => cell(mode, buffer))]
    }),
  })
}

/** Why the lines run as they do, from what was counted. */
function lesson(result: BenchmarkResult, size: number): Html {
  const ends = (name: string) => {
    const places = rowsOf(result, size)
      .filter(({ row }) => row.strategy === name && row[TIME] !== null && row.bufferSize !== null)
      .sort((a, b) => (a.row.bufferSize as number) - (b.row.bufferSize as number))
    return places.length === 0 ? null : ([places[0], places.at(-1)] as [Place, Place])
  }
  const [calls, one] = [ends('read_write') ?? ends('mmap_write'), ends('sendfile')?.[0]]
  return html`<h3>Why</h3>${calls && falling(result, ...calls)}${one && flat(result, one)}`
}

function falling(result: BenchmarkResult, small: Place, large: Place): Html {
  const calls = ({ index }: Place) => shown(result, ['rows', index, 'syscalls'], countText)
  const buffer = ({ index }: Place) => shown(result, ['rows', index, 'bufferSize'], bufferText)
  const first = html`<p><code>${small.row.strategy}</code> asks the kernel for each bufferful: ${calls(small)} system calls with ${buffer(small)}`
  const price = slope(
    result,
    [
      ['rows', large.index, TIME, 'median'],
      ['rows', small.index, TIME, 'median'],
    ],
    [
      ['rows', large.index, 'syscalls'],
      ['rows', small.index, 'syscalls'],
    ],
    shortTimeText,
  )
  if (price === null) return html`${first}.</p>`
  return html`${first}, ${calls(large)} with ${buffer(large)}. The bytes were the same: each further call cost about ${price} on this machine.</p>`
}

function callsText(count: number): string {
  return count === 1 ? '1 call' : `${countText(count)} calls`
}

function flat(result: BenchmarkResult, { index }: Place): Html {
  return html`<p><code>sendfile</code> has no buffer: the kernel moves the pages itself, here with ${shown(result, ['rows', index, 'syscalls'], callsText)} for ${shown(result, ['rows', index, 'size'], sizeText)}.</p>`
}
