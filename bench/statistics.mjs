// Medians and spreads. A mean would let one interrupted run move the result, a best hides how often it happens.

/** Linear between the neighbours, as R's and NumPy's default (type 7). */
export function quantile(samples, p) {
  if (samples.length === 0) return Number.NaN
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * p
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below)
}

export function median(samples) {
  return quantile(samples, 0.5)
}

/** `mad`: the median of the distances from the median. */
export function summary(samples) {
  const middle = median(samples)
  return {
    median: middle,
    mad: median(samples.map((sample) => Math.abs(sample - middle))),
    p10: quantile(samples, 0.1),
    p90: quantile(samples, 0.9),
  }
}
