/** The path that a byte takes with each strategy, drawn from what was measured. */

import type { BenchmarkResult } from '../../benchmark-types'
import { numbersOf } from '../charts/figure'
import { type Html, html } from '../html'
import { classOf } from '../look'
import { told } from '../names'
import { diagram } from '../path/diagram'
import { copiesText, type Step, stationNames, stepsOf } from '../path/route'
import { bufferText, sizeText } from '../quantity'
import { shown } from '../record'
import { byStrategy, type Place, rowsOf, usedBuffer } from '../rows'
import { numbers, table, words } from '../table'
import { copies, key } from './verdict'

export function paths(result: BenchmarkResult, size: number): Html | null {
  const measured = [...byStrategy(rowsOf(result, size)).values()].flatMap((group) => {
    // The largest buffer: every one of them takes the same path.
    const place = group.filter(({ row }) => row.ran !== null).at(-1)
    return place === undefined ? [] : [place]
  })
  if (measured.length === 0) return null
  return html`<section id="paths"><h2>The path of a byte</h2>
<p>${introduction(result)}</p>
<div class="paths">${measured.map((place) => path(result, place))}</div>
${numbersOf('The path of a byte', counted(result, measured))}
</section>`
}

function introduction(result: BenchmarkResult): Html {
  const legend = html`<strong>A thick, numbered arrow is a copy made by the CPU.</strong> Thin arrows are a device’s own transfers, dotted lines only refer to bytes that stay where they are.`
  if (result.command === 'file')
    return html`${legend} What came from the disk and what was written to it is what the kernel accounted for these very runs.`
  const { route } = result.environment
  if (route === null) return legend
  const gathers = {
    true: 'gathers pages from memory by itself (scatter-gather)',
    false: 'does not gather pages from memory (no scatter-gather)',
    null: 'does not say whether it gathers pages from memory',
  }
  return html`${legend} The bytes left by <code>${route.interface}</code>, which ${gathers[`${route.scatterGather}`]}.`
}

function path(result: BenchmarkResult, { row, index }: Place): Html {
  const { command, environment } = result
  const device = environment.route?.interface ?? null
  const steps = stepsOf(command, row, device)
  const went = row.strategy === 'auto' ? html` <small>(${row.ran})</small>` : null
  return html`<article class="path-of" data-copies="/rows/${index}/cpuCopies/count"><h3>${key(row.strategy)}${went} <span class="count">${copiesText(row.cpuCopies.count)}</span></h3>
${diagram({
  id: `path-${index}`,
  name: `${row.strategy}: ${copiesText(row.cpuCopies.count)}`,
  description: steps.map((step) => sentence(step, stationNames(command, device))).join('. '),
  className: classOf(row.strategy),
  stations: stationNames(command, device),
  sides: command === 'file' ? ['source', 'destination'] : ['file', 'network'],
  steps,
})}
<p>${told(row.cpuCopies.basis)}.</p></article>`
}

const MEANS: Record<Step['kind'], string> = {
  copy: 'the CPU copies',
  device: 'a device transfers',
  idle: 'no device transferred meanwhile',
  reference: 'only references go',
  mapping: 'a mapping shows the bytes',
  shared: 'both files own the same blocks',
  unknown: 'the way is not known',
}

function sentence({ kind, from, to, label }: Step, names: readonly (readonly [string, string])[]): string {
  const name = (station: number) => (names[station] ?? []).join(' ').replace('- ', '').trim()
  return `${name(from)} to ${name(to)}: ${MEANS[kind]}${label === '' ? '' : ` (${label})`}`
}

function counted(result: BenchmarkResult, measured: readonly Place[]): Html {
  const rows = measured.map(({ row, index }) => {
    const bytes = (field: string) => shown(result, ['rows', index, field], sizeText)
    const used = usedBuffer(result, index)
    return [
      row.strategy,
      html`<code>${row.ran}</code>`,
      copies(result, index),
      bytes('deviceReads'),
      bytes('deviceWrites'),
      used === null ? 'none' : shown(result, used, bufferText),
    ]
  })
  return table({
    name: 'CPU copies, and what devices did',
    columns: [
      words('strategy'),
      words('what ran'),
      ...['CPU copies', 'read from devices', 'written to devices', 'buffer'].map(numbers),
    ],
    rows,
  })
}
