/** A benchmark as text: a line a row, then what was found. */

import type { BenchmarkResult, BenchmarkRow, Spread } from './benchmark-types'
import { callsText, copiesText, durationText, rateText } from './quantity'
import { sizeText } from './receipt'

export interface TableColumn {
  title: string
  align?: 'left' | 'right'
}

/** The last cell of a row that has fewer cells fills the rest. */
export interface Cells {
  columns: TableColumn[]
  rows: string[][]
}

/** What the table has: of several sizes the size too, of a send when it was delivered. */
export function cellsOf({ rows, command }: Pick<BenchmarkResult, 'rows' | 'command'>): Cells {
  const isOneSize = new Set(rows.map((row) => row.size)).size <= 1
  const isSend = command === 'network'
  const right = (title: string): TableColumn => ({ title, align: 'right' })
  const columns = [
    ...(isOneSize ? [] : [right('size')]),
    { title: 'strategy' },
    right('buffer'),
    right('moving'),
    right('\u00b1'),
    ...(isSend ? [right('delivered')] : []),
    right('CPU'),
    right('rate'),
    right('copies'),
    { title: 'system calls' },
  ]
  return {
    columns,
    rows: rows.map((row) => [...(isOneSize ? [] : [sizeText(row.size)]), ...cells(row, isSend)]),
  }
}

function cells(row: BenchmarkRow, isSend: boolean): string[] {
  const { strategy, bufferSize, durationMs, deliveredMs, cpuMs, unavailable } = row
  if (durationMs === null) return [strategy, bufferText(bufferSize), unavailable ?? 'not yet']
  return [
    strategy,
    bufferText(bufferSize),
    durationText(durationMs.median),
    `${Math.round((durationMs.mad / durationMs.median) * 100)} %`,
    ...(isSend ? [medianText(deliveredMs)] : []),
    medianText(cpuMs),
    rateText(row.bytesPerSecond?.median ?? null),
    copiesText(row.cpuCopies.count),
    callsText(row.syscalls),
  ]
}

function medianText(spread: Spread | null): string {
  return spread === null ? 'unknown' : durationText(spread.median)
}

function bufferText(bytes: number | null): string {
  return bytes === null ? '' : `${bytes}`
}

/** Where it was measured, in a line. */
export function placeText({ options, environment, command, rows }: BenchmarkResult): string {
  const { fileSystem, device, cache, kernel, cpu, cores, route } = environment
  const sizes = [...new Set(rows.map((row) => sizeText(row.size)))].join(', ')
  const to = route === null ? '' : `, to ${route.host}:${route.port} by ${route.interface}`
  const what = `${options.file ?? 'random bytes'}, ${sizes}, ${command === 'file' ? 'disk to disk' : 'file to socket'}`
  return `${what}${to}, ${fileSystem} (${device}), ${cache}, Linux ${kernel}, ${cpu}, ${cores} cores`
}

/** All that there is to say beside the table. */
export function wordsOf({ finding, auto, warnings, complete }: BenchmarkResult): string[] {
  return [
    ...(complete ? [] : ['Not complete: it was interrupted.']),
    ...finding,
    ...(auto.picks === null ? [] : [auto.why]),
    ...warnings.map(({ kind, message }) => `Warning (${kind}): ${message}.`),
  ]
}

/** `String(result)`. The command line draws its table with lines. */
export function textOf(result: BenchmarkResult): string {
  const { columns, rows } = cellsOf(result)
  const all = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, i) => {
    // What fills the rest is as long as it is.
    const own = all.filter((row) => i < row.length - 1 || row.length === columns.length)
    return Math.max(...own.map((row) => (row[i] as string).length))
  })
  const lines = all.map((row) => {
    const padded = row.map((cell, i) => {
      const [width = 0, isLast] = [widths[i], i === row.length - 1]
      if (isLast && row.length < columns.length) return cell
      return columns[i]?.align === 'right' ? cell.padStart(width) : isLast ? cell : cell.padEnd(width)
    })
    return padded.join('  ')
  })
  return [placeText(result), ...lines, '', ...wordsOf(result)].join('\n')
}
