// One row of a table: two sides, every sample of both, and what follows from them.

import { median, summary } from './statistics.mjs'

/**
 * The time of ours (the first side) in times of theirs; with `gain` the other way round: how many times as fast ours is.
 * `goal`: `{ atMost: 1.03 }`, `{ atLeast: 50 }`, or null.
 */
export function ratioRow({ work, place, metric, sides, gain = false, goal = null }) {
  const [[first, ours], [second, theirs]] = Object.entries(sides)
  const over = (a, b) => (gain ? b / a : a / b)
  return finished({
    work,
    place,
    metric,
    goal,
    compared: gain ? `${second} / ${first}` : `${first} / ${second}`,
    unit: 'ratio',
    sides,
    value: over(median(ours), median(theirs)),
    perRound: ours.map((sample, round) => over(sample, theirs[round])),
  })
}

/** What the first side takes longer, in nanoseconds: the median of the rounds' differences. */
export function differenceRow({ work, place, metric, sides, goal = null }) {
  const [[first, more], [second, less]] = Object.entries(sides)
  const perRound = more.map((sample, round) => sample - less[round])
  return finished({
    work,
    place,
    metric,
    goal,
    compared: `${first} - ${second}`,
    unit: 'ns',
    sides,
    value: median(perRound),
    perRound,
  })
}

/**
 * What is held to a goal by itself, not in times of something else: the median of the first side, in `unit` ('ns', 'MiB',
 * '%', …). Other sides are shown.
 */
export function absoluteRow({ work, place, metric, unit, sides, goal = null }) {
  const [[first, samples]] = Object.entries(sides)
  return finished({
    work,
    place,
    metric,
    goal,
    compared: `${first}, by itself`,
    unit,
    sides,
    value: median(samples),
    perRound: samples,
  })
}

function finished({ sides, perRound, ...row }) {
  const described = Object.entries(sides).map(([name, samples]) => [name, { ...summary(samples), samples }])
  return { ...row, met: isMet(row), perRound: summary(perRound), sides: Object.fromEntries(described) }
}

/** Null: there is no goal. */
export function isMet({ value, goal }) {
  if (goal === null) return null
  return goal.atLeast === undefined ? value <= goal.atMost : value >= goal.atLeast
}
