/** Whether what a page says of a record is what the record has. */

import type { BenchmarkResult } from '../../lib/benchmark-types'

/** An element that tells a number. */
export interface Told {
  text: string
  value: string | null
  at: string | null
  ratio: string | null
  slope: string | null
  caption: string | null
}

/** What is wrong with it; null: nothing. */
export function complaintOf(result: BenchmarkResult, told: Told): string | null {
  const exact = exactly(result, told)
  if (exact === null) return `${told.text}: the record has nothing at ${told.at ?? told.ratio ?? told.slope}`
  if (told.value !== null && Number(told.value) !== exact) return `${told.value}: the record has ${exact}`
  const { least, most } = meantBy(told)
  return least <= exact && exact <= most ? null : `${told.text}: the record has ${exact}`
}

/** By JSON pointer; of an object the sum of its numbers. */
export function at(result: BenchmarkResult, pointer: string): number | null {
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replace(/~1/g, '/').replace(/~0/g, '~'))
  let value: unknown = result
  for (const key of keys) value = (value as Record<string, unknown> | null | undefined)?.[key]
  if (typeof value === 'number') return value
  if (value === null || value === undefined) return null
  const parts: number[] = Object.values(value)
  return parts.reduce((sum, part) => sum + part, 0)
}

function exactly(result: BenchmarkResult, told: Told): number | null {
  const values = (pointers: string) => pointers.split(' ').map((each) => at(result, each) as number)
  if (told.at !== null) return at(result, told.at)
  if (told.ratio !== null) {
    const [above, below] = values(told.ratio) as [number, number]
    return above / below
  }
  if (told.slope === null) return null
  const [y0, y1, x0, x1] = values(told.slope) as [number, number, number, number]
  return (y1 - y0) / (x1 - x0)
}

const UNITS: Record<string, number> = {
  '': 1,
  ns: 1e-6,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  B: 1,
  '-byte': 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  calls: 1,
  call: 1,
}

/** The values that may read so, rounded to the digits that are there. */
function meantBy({ text, caption }: Told): { least: number; most: number } {
  const found = /^(-?[\d,]+)(?:\.(\d+))? ?([^\d]*)$/.exec(text)
  const unit = found === null ? undefined : UNITS[(found[3] as string).replace('/s', '')]
  if (found === null || unit === undefined) throw new Error(`no number: ${text}`)
  // There the caption has the unit.
  const scale = found[3] === '' && caption?.startsWith('Seconds') ? 1000 : unit
  const value = Number(`${found[1]?.replace(/,/g, '')}.${found[2] ?? 0}`) * scale
  const half = 0.5000001 * 10 ** -(found[2]?.length ?? 0) * scale
  return { least: value - half, most: value + half }
}

/** Whether places grow with values as an axis does; the first and the last value are the axis. */
export function farthestFromAxis(
  values: number[],
  places: number[],
  bend: (value: number) => number,
): number {
  const bent = values.map(bend)
  const [low, high] = [bent.indexOf(Math.min(...bent)), bent.indexOf(Math.max(...bent))] as [number, number]
  const [from, to] = [bent[low] as number, bent[high] as number]
  const [begin, end] = [places[low] as number, places[high] as number]
  const expected = bent.map((each) =>
    from === to ? begin : begin + ((each - from) / (to - from)) * (end - begin),
  )
  return Math.max(...expected.map((place, i) => Math.abs(place - (places[i] as number))))
}
