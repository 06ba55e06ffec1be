// How a test that can't run here says so, in either language: a line `SKIP name: reason` on standard error.
// With one test thread libtest has already begun the line.

export function skipIn(line) {
  return /^(?:test .+ \.\.\. )?SKIP (.+)$/.exec(line)?.[1] ?? null
}

/** What a test has to say to whoever reads the summary: a line `NOTE text`. */
export function noteIn(line) {
  return /^(?:test .+ \.\.\. )?NOTE (.+)$/.exec(line)?.[1] ?? null
}
