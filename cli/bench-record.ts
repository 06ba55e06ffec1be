/** `--compare`: an earlier record, the result.json of `--out`. */

import { readFileSync } from 'node:fs'
import type { BenchmarkResult } from '../index'
import { InputError } from './command'
import { pathOf } from './path'

/** The part of a record that is compared. */
export type BenchmarkRecord = Pick<BenchmarkResult, 'command' | 'environment' | 'rows'>

/** @throws InputError where it is no record of this kind; as `fs` does where it can't be read. */
export function readRecord(path: string, command: BenchmarkResult['command']): BenchmarkRecord {
  const text = readFileSync(pathOf(path, 'last'), 'utf8')
  const record = parsed(text)
  if (record === null || record.format !== 'zero-copy-rs benchmark') {
    throw new InputError(`--compare ${path}: expected a record of a benchmark, the result.json of --out`)
  }
  if (record.formatVersion !== 1) {
    throw new InputError(`--compare ${path}: expected format version 1, not ${record.formatVersion}`)
  }
  const { rows, environment } = record
  if (!Array.isArray(rows) || !rows.every(isRow) || typeof environment !== 'object' || environment === null) {
    throw new InputError(`--compare ${path}: expected rows and an environment in it`)
  }
  if (record.command !== command) {
    throw new InputError(`--compare ${path}: expected a record of '${command}', not of '${record.command}'`)
  }
  return record as unknown as BenchmarkRecord
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function isRow(row: unknown): boolean {
  if (typeof row !== 'object' || row === null) return false
  const { size, strategy, bufferSize, durationMs } = row as Record<string, unknown>
  const isSpread = (spread: unknown) =>
    typeof spread === 'object' &&
    spread !== null &&
    ['median', 'p10', 'p90'].every((name) => typeof (spread as Record<string, unknown>)[name] === 'number')
  return (
    typeof size === 'number' &&
    typeof strategy === 'string' &&
    (bufferSize === null || typeof bufferSize === 'number') &&
    (durationMs === null || isSpread(durationMs))
  )
}
