/** Ticks of an axis, and which of them have room for their label. */

import { widthOf } from './labels'

/** Powers of ten; with their doubles and fivefolds where there are few. Within the domain. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const steps = high / low > 300 ? [1] : [1, 2, 5]
  const ticks: number[] = []
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++) {
    for (const step of steps) {
      const tick = Number(`${step}e${exponent}`)
      if (tick >= low && tick <= high) ticks.push(tick)
    }
  }
  return ticks
}

/** Zero, and powers of ten. */
export function countTicks(high: number): number[] {
  return [0, ...logTicks([1, Math.max(high, 1) * 300]).filter((tick) => tick <= high)]
}

/** A margin on both sides, so that nothing is drawn on the frame. */
export function logDomain(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = Math.max((high / low) ** 0.04, high === low ? 2 : 1.1)
  return [low / margin, high * margin]
}

/** Those whose labels leave a gap to the one before; `at` gives pixels, for the middle of the label. */
export function roomy<T>(ticks: readonly T[], at: (tick: T) => number, text: (tick: T) => string, fontSize: number): T[] {
  const kept: T[] = []
  let free = Number.NEGATIVE_INFINITY
  for (const tick of ticks) {
    const half = widthOf(text(tick), fontSize) / 2
    if (at(tick) - half < free) continue
    kept.push(tick)
    free = at(tick) + half + fontSize * 0.8
  }
  return kept
}
