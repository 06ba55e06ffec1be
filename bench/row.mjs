// One row of a table: two sides, every sample of both, and what follows from them.

import { median, summary } from './statistics.mjs'

/**
 * How many times the first side's time the second takes, or the other way round; as the goal is said. `goal`:
 * `{ atMost: 1.03 }` of ours / theirs, `{ atLeast: 50 }` of theirs / ours, or null, then ours / theirs.
 */
export function ratioRow({ work, place, metric, sides, goal = null }) {
  const [[first, ours], [second, theirs]] = Object.entries(sides)
  const isGain = goal?.atLeast !== undefined
  const over = (a, b) => (isGain ? b / a : a / b)
  return finished({
    work,
    place,
    metric,
    goal,
    compared: isGain ? `${second} / ${first}` : `${first} / ${second}`,
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

function finished({ sides, perRound, ...row }) {
  const described = Object.entries(sides).map(([name, samples]) => [name, { ...summary(samples), samples }])
  return { ...row, met: isMet(row), perRound: summary(perRound), sides: Object.fromEntries(described) }
}

/** Null: there is no goal. */
function isMet({ value, goal }) {
  if (goal === null) return null
  return goal.atLeast === undefined ? value <= goal.atMost : value >= goal.atLeast
}
