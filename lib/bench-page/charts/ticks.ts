/** Ticks of an axis: round values, regular, and as many as their labels have room for. */

import { widthOf } from './labels'

/** Where labels may stand: `at` gives pixels along the axis. */
export interface Room {
  at: (tick: number) => number
  text: (tick: number) => string
  fontSize: number
}

/** Of an upright axis: there labels are in each other's way by their height, which is that of two letters' width. */
export function upright(at: Room['at'], fontSize: number): Room {
  return { at, text: () => '00', fontSize }
}

type Domain = readonly [low: number, high: number]

/** Powers of ten, with their doubles and fivefolds where there is room; round steps where no such value is in reach. */
export function logTicks(domain: Domain, room: Room): number[] {
  const choices = [powers(domain, [1, 2, 5]), powers(domain, [1]), everySecond(powers(domain, [1]))]
  const fitting = choices.find((ticks) => fits(ticks, room)) ?? []
  return fitting.length >= 2 ? fitting : linearTicks(domain, room)
}

/** Zero, and powers of ten. */
export function countTicks(high: number, room: Room): number[] {
  const all = [0, ...powers([1, high], [1])]
  return [all, [0, ...everySecond(all.slice(1))]].find((ticks) => fits(ticks, room)) ?? [0]
}

/** Of given values as many as fit, at even distances, with the first. */
export function thinned(values: readonly number[], room: Room): number[] {
  for (let step = 1; step < values.length; step++) {
    const ticks = values.filter((_, i) => i % step === 0)
    if (fits(ticks, room)) return ticks
  }
  return values.slice(0, 1)
}

/** A margin on both sides, so that nothing is drawn on the frame. */
export function logDomain(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = Math.max((high / low) ** 0.04, high === low ? 2 : 1.1)
  return [low / margin, high * margin]
}

function powers([low, high]: Domain, steps: readonly number[]): number[] {
  const ticks: number[] = []
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++) {
    for (const step of steps) ticks.push(Number(`${step}e${exponent}`))
  }
  return ticks.filter((tick) => tick >= low && tick <= high)
}

/** From the finest steps on that fit. */
function linearTicks([low, high]: Domain, room: Room): number[] {
  const magnitude = Math.floor(Math.log10(high - low)) - 1
  for (const exponent of [magnitude, magnitude + 1]) {
    for (const factor of [1, 2, 5]) {
      const step = Number(`${factor}e${exponent}`)
      const first = Math.ceil(low / step)
      const count = Math.floor(high / step) - first + 1
      // Rounded: 3 times 0.1 has more digits than it should.
      const ticks = Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)))
      if (fits(ticks, room)) return ticks
    }
  }
  return []
}

function everySecond(ticks: readonly number[]): number[] {
  return ticks.filter((_, i) => i % 2 === 0)
}

function fits(ticks: readonly number[], { at, text, fontSize }: Room): boolean {
  let free = Number.NEGATIVE_INFINITY
  for (const tick of ticks) {
    const half = widthOf(text(tick), fontSize) / 2
    if (at(tick) - half < free) return false
    free = at(tick) + half + fontSize * 0.7
  }
  return true
}
