/** What is different from an earlier record: row by row, with the spread of both. */

import type { BenchmarkResult, BenchmarkRow, Spread } from '../index'
import { cellsOf } from '../lib/benchmark-table'
import type { BenchmarkRecord } from './bench-record'
import { durationText } from './quantity'
import { table } from './table'

export interface ComparedRow {
  size: number
  strategy: BenchmarkRow['strategy']
  bufferSize: number | null
  /** Medians of the moving loop; null: not in it, or it could not run there. */
  recordMs: number | null
  nowMs: number | null
  /** Now over then, of the medians; null where one is missing. */
  ratio: number | null
  /** From the tenth now over the ninth tenth then, to the reverse. */
  low: number | null
  high: number | null
  verdict: 'within noise' | 'faster' | 'slower' | 'only now' | 'only in the record' | 'ran neither time'
}

export interface Comparison {
  rows: ComparedRow[]
  /** What else was different, in words. */
  differences: string[]
}

/** Row by row. */
export function compared(record: BenchmarkRecord, now: BenchmarkRecord): Comparison {
  const keyOf = ({ size, strategy, bufferSize }: BenchmarkRow) => `${size} ${strategy} ${bufferSize}`
  const before = new Map(record.rows.map((row) => [keyOf(row), row]))
  const rows = now.rows.map((row) => {
    const old = before.get(keyOf(row)) ?? null
    before.delete(keyOf(row))
    return rowOf(row, old?.durationMs ?? null, row.durationMs)
  })
  const gone = [...before.values()].map((row) => rowOf(row, row.durationMs, null))
  return { rows: [...rows, ...gone], differences: differencesOf(record.environment, now.environment) }
}

function rowOf(
  { size, strategy, bufferSize }: BenchmarkRow,
  then: Spread | null,
  now: Spread | null,
): ComparedRow {
  const asked = { size, strategy, bufferSize, recordMs: then?.median ?? null, nowMs: now?.median ?? null }
  if (then === null || now === null) {
    const verdict = now !== null ? 'only now' : then !== null ? 'only in the record' : 'ran neither time'
    return { ...asked, ratio: null, low: null, high: null, verdict }
  }
  const [low, high] = [now.p10 / then.p90, now.p90 / then.p10]
  const verdict = low > 1 ? 'slower' : high < 1 ? 'faster' : 'within noise'
  return { ...asked, ratio: now.median / then.median, low, high, verdict }
}

const COMPARED = [
  'kernel',
  'cpu',
  'cores',
  'memoryBytes',
  'fileSystem',
  'device',
  'cache',
  'node',
  'version',
] as const

function differencesOf(then: BenchmarkResult['environment'], now: BenchmarkResult['environment']): string[] {
  const changed = COMPARED.filter((name) => then[name] !== now[name])
  return changed.map((name) => `${name} was ${then[name]}, is ${now[name]}`)
}

/** For people: a row each, then what else was different. */
export function comparisonText({ rows, differences }: Comparison, now: BenchmarkRecord): string {
  const { columns } = cellsOf(now)
  const isOneSize = columns[0]?.title !== 'size'
  const right = (title: string) => ({ title, align: 'right' as const })
  const titles = [
    ...(isOneSize ? [] : [right('size')]),
    { title: 'strategy' },
    right('buffer'),
    right('record'),
    right('now'),
    right('ratio'),
    right('spread'),
    { title: '' },
  ]
  const cells = rows.map((row) => [...(isOneSize ? [] : [`${row.size}`]), ...cellsOfRow(row)])
  const told = differences.map((difference) => `Different: ${difference}.`)
  return [table(titles, cells), ...told].join('\n')
}

function cellsOfRow({
  strategy,
  bufferSize,
  recordMs,
  nowMs,
  ratio,
  low,
  high,
  verdict,
}: ComparedRow): string[] {
  const ms = (value: number | null) => (value === null ? '' : durationText(value))
  const spread = low === null || high === null ? '' : `${low.toFixed(2)} to ${high.toFixed(2)}`
  return [
    strategy,
    bufferSize === null ? '' : `${bufferSize}`,
    ms(recordMs),
    ms(nowMs),
    ratio === null ? '' : ratio.toFixed(2),
    spread,
    verdict,
  ]
}
