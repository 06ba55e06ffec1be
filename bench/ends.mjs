// Transfers between two ends: what the one that is compared costs, and what both do.

import { ratioRow } from './row.mjs'
import { softirqThreads } from './softirq.mjs'

/**
 * Three rows of the same transfer on different sides.
 *
 * @param end - What is compared: 'sender', 'server', …
 * @param measured - By side: samples `{ own, both, elapsed }`, nanoseconds of CPU time of that end and of both, and of the
 *   clock. All move the same, so the ratio of the times is that of the throughputs.
 * @param goals - `own`, `both`, `speed`; none for what is only shown.
 */
export function rowsOfEnds({ work, place, end, measured, goals }) {
  const row = (metric, title, goal = null, gain = false) => {
    const of = ([name, samples]) => [name, samples.map((sample) => sample[metric])]
    const sides = Object.fromEntries(Object.entries(measured).map(of))
    return ratioRow({ work, place, metric: title, sides, goal, gain })
  }
  return [
    row('own', `CPU of the ${end}`, goals.own),
    row('both', 'CPU of both ends', goals.both),
    row('elapsed', 'time', goals.speed, true),
  ]
}

/** CPU time of both ends: their own, and that of the kernel's softirq threads while `act` runs, which answers the former. */
export async function withSoftirq(act) {
  const before = softirqThreads()
  const { own, other, elapsed } = await act()
  return { own, both: own + other + softirqThreads() - before, elapsed }
}
