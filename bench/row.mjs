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
 * Of two servers under the same load, `{ server, both, elapsed }` a sample: what it cost, and how long it took. The load is
 * the same, so the ratio of the times is that of the throughputs.
 */
export function rowsOfServers(work, measured, goals) {
  const row = (metric, title, more) => {
    const of = ([name, samples]) => [name, samples.map((sample) => sample[metric])]
    const sides = Object.fromEntries(Object.entries(measured).map(of))
    return ratioRow({ work, place: 'loopback', metric: title, sides, ...more })
  }
  return [
    row('server', 'CPU of the server', { goal: goals.cpu }),
    row('both', 'CPU of both ends', {}),
    row('elapsed', 'time', { goal: goals.throughput, gain: true }),
  ]
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
