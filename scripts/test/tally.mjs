// What the suites found, and the summary of it. The summary's last line is `N passed, N failed`, whatever happened.

export class Tally {
  passed = 0
  /** Names of what failed. */
  failures = []
  /** `name: reason` of what could not run here. */
  skips = []
  /** What tests have to say. */
  notes = []

  add({ passed = 0, failures = [], skips = [], notes = [] }) {
    this.passed += passed
    this.failures.push(...failures)
    this.skips.push(...skips)
    this.notes.push(...notes)
  }

  /** `expectedSkips`: null where the machine decides how many there are. */
  summarize(expectedSkips) {
    for (const note of this.notes) console.log(`NOTE ${note}`)
    for (const skip of this.skips) console.log(`SKIP ${skip}`)
    if (expectedSkips !== null && this.skips.length !== expectedSkips) {
      this.add({ failures: [`${this.skips.length} skipped where ${expectedSkips} were expected`] })
    }
    for (const failure of this.failures) console.log(`FAILED ${failure}`)
    console.log(`${this.passed} passed, ${this.failures.length} failed`)
    return this.failures.length === 0
  }
}
