/** Where and how it was measured, and what makes the numbers doubtful. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html, listed, type Part } from '../html'
import { told } from '../names'
import { bufferText, countText, decimalText, sizeText, wholeText } from '../quantity'
import { type Format, type Path, shown } from '../record'
import { rowsOf, sizesOf } from '../rows'

/** One line, above the headline. */
export function about(result: BenchmarkResult): Html {
  const { command, environment, options } = result
  const what = command === 'file' ? 'file to file' : 'file to socket'
  const file = options.file ?? 'random bytes'
  const sizes = sizesOf(result).map((size) => sizeOf(result, size))
  const where =
    environment.route === null
      ? `${environment.fileSystem} on ${environment.device}`
      : `by ${environment.route.interface} to ${environment.route.host}`
  return html`<p class="about"><strong>zero-copy-rs bench</strong> · ${what} · ${file}${sizes.length > 0 && html`, ${listed(sizes)}`} · ${where} · page cache ${environment.cache} · <time datetime="${environment.date}">${environment.date.slice(0, 10)}</time></p>`
}

export function doubts(result: BenchmarkResult): Html | null {
  const { complete, warnings, rows, options } = result
  const notices: Html[] = warnings.map(({ kind, message, rows: about }) => {
    const named = [...new Set(about.flatMap((index) => rows[index]?.strategy ?? []))]
    return html`<li><strong>${kind}</strong>${named.length > 0 && html` (${listed(named.map((name) => html`<code>${name}</code>`))})`}: ${told(message)}</li>`
  })
  if (!complete) {
    const whole = rows.filter((row) => row.runs >= options.iterations || row.unavailable !== null).length
    notices.unshift(
      html`<li><strong>interrupted</strong>: of ${rows.length} rows ${whole} have all their runs; the numbers are those of the runs that were made.</li>`,
    )
  }
  if (options.quick)
    notices.push(html`<li><strong>quick</strong>: a look, not a measurement: few buffers, few runs.</li>`)
  if (notices.length === 0) return null
  return html`<aside class="doubts" aria-labelledby="doubts"><h2 id="doubts">Read these numbers with care</h2><ul>${notices}</ul></aside>`
}

export function environment(result: BenchmarkResult): Html {
  const { environment: e, options, complete } = result
  const number = (path: Path, as: Format) => shown(result, path, as)
  const at = (field: string, as: Format) => number(['environment', field], as)
  const facts: [string, Part][] = [
    ['Begun', e.date],
    ['CPU', html`${e.cpu}; ${at('cores', countText)} usable`],
    ['Memory', at('memoryBytes', sizeText)],
    ['Kernel', e.kernel],
    ['File system', `${e.fileSystem} on ${e.device}`],
    [
      'Page cache',
      e.cache === 'hot'
        ? 'hot: the source was in memory'
        : 'cold: the source was dropped from memory before each run',
    ],
    ['Load when it began', at('loadAverage', decimalText)],
    ['Versions', `zero-copy-rs ${e.version}, ${e.node === null ? 'without Node' : `Node ${e.node}`}`],
    ['File', options.file ?? 'random bytes, generated'],
    ['Sizes', listed(options.sizes.map((_, i) => html`${number(['options', 'sizes', i], wholeText)} bytes`))],
    ['Buffers', listed(options.buffers.map((_, i) => number(['options', 'buffers', i], bufferText)))],
    [
      'Runs of each',
      html`${number(['options', 'iterations'], countText)}${!complete && ', had it not been interrupted'}`,
    ],
    ...routeFacts(result),
  ]
  return html`<section id="environment"><h2>Where it was measured</h2><dl class="environment">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`
}

function routeFacts(result: BenchmarkResult): [string, Part][] {
  const { route } = result.environment
  if (route === null) return []
  const words = { true: 'yes', false: 'no', null: 'not known' }
  return [
    ['Peer', html`${route.host} (${route.address}), port ${route.port}`],
    ['Interface', route.interface],
    ['Scatter-gather', words[`${route.scatterGather}`]],
    ['Checksum offload', words[`${route.checksumOffload}`]],
  ]
}

function sizeOf(result: BenchmarkResult, size: number): Html {
  const index = rowsOf(result, size)[0]?.index ?? 0
  return shown(result, ['rows', index, 'size'], sizeText)
}
