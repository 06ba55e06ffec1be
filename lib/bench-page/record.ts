/**
 * The numbers of a record, on the page: each says where it stands in result.json, with its exact value, beside what
 * is read. So none can differ from the record, and a test can hold every one of them to it.
 */

import type { BenchmarkResult } from '../benchmark-types'
import { type Html, html } from './html'

/** From the root of result.json. Where it leads to an object of numbers, their sum is meant. */
export type Path = readonly (string | number)[]

export type Format = (value: number) => string

/** As JSON Pointer (RFC 6901): `/rows/3/durationMs/median`. */
export function pointer(path: Path): string {
  return path.map((key) => `/${`${key}`.replace(/~/g, '~0').replace(/\//g, '~1')}`).join('')
}

/** Null: it is not known, or nothing ran. */
export function valueAt(result: BenchmarkResult, path: Path): number | null {
  let value: unknown = result
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key]
  if (typeof value === 'number') return value
  if (typeof value !== 'object' || value === null) return null
  return Object.values(value).reduce((sum, each) => sum + each, 0)
}

export function shown(result: BenchmarkResult, path: Path, as: Format): Html {
  const value = valueAt(result, path)
  if (value === null) return html`<span class="none" data-at="${pointer(path)}">none</span>`
  return html`<data value="${value}" data-at="${pointer(path)}">${as(value)}</data>`
}

/** The one over the other. */
export function ratio(result: BenchmarkResult, above: Path, below: Path, as: Format): Html | null {
  const [over, under] = [valueAt(result, above), valueAt(result, below)]
  if (over === null || under === null || under === 0) return null
  const paths = `${pointer(above)} ${pointer(below)}`
  return html`<data value="${over / under}" data-ratio="${paths}">${as(over / under)}</data>`
}

/** How much `y` grows for each one more of `x`, from the first place to the second. */
export function slope(result: BenchmarkResult, y: [Path, Path], x: [Path, Path], as: Format): Html | null {
  const [y0, y1, x0, x1] = [...y, ...x].map((path) => valueAt(result, path))
  if (y0 == null || y1 == null || x0 == null || x1 == null || x0 === x1) return null
  const value = (y1 - y0) / (x1 - x0)
  const paths = [...y, ...x].map(pointer).join(' ')
  return html`<data value="${value}" data-slope="${paths}">${as(value)}</data>`
}
