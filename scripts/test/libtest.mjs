// Reads what Rust's test binaries print: counts by their own `test result:` lines, and prints what is worth seeing.

import { noteIn, skipIn } from './skip.mjs'

const boring =
  /^(test .+ \.\.\. ok|running \d+ tests?| +(Compiling|Downloaded|Downloading|Locking|Adding) .*|)$/

export class LibtestReader {
  #suite
  #passed = 0
  #failures = []
  #skips = []
  #notes = []
  /** The binary that is running, and how many of its failures have a name. */
  #binary = null
  #named = 0

  constructor(suite) {
    this.#suite = suite
  }

  read(line) {
    const skip = skipIn(line)
    if (skip !== null) return this.#skips.push(`${this.#where()}: ${skip}`)
    const note = noteIn(line)
    if (note !== null) return this.#notes.push(`${this.#suite}: ${note}`)
    if (!boring.test(line)) console.log(line)

    const started = /^ +(?:Running (?:unittests )?(.+?) \(|Doc-tests (\S+))/.exec(line)
    if (started) return this.#begin(started[1] ?? `doc tests of ${started[2]}`)
    const test = /^test (.+) \.\.\. (FAILED|ignored)(?:, (.+))?$/.exec(line)
    if (test?.[2] === 'FAILED') return this.#fail(test[1])
    if (test?.[2] === 'ignored')
      return this.#skips.push(`${this.#where()}: ${test[1]}: ${test[3] ?? 'ignored'}`)
    const result = /^test result: .*?(\d+) passed; (\d+) failed;/.exec(line)
    if (result) this.#end(Number(result[1]), Number(result[2]))
  }

  /** `end`: how the command ended, in words. */
  result(ok, end) {
    this.#noteCrash(end)
    if (!ok && this.#failures.length === 0) this.#failures.push(`${this.#suite}: ${end}`)
    if (ok && this.#passed === 0) this.#failures.push(`${this.#suite}: no test was run`)
    return { passed: this.#passed, failures: this.#failures, skips: this.#skips, notes: this.#notes }
  }

  #begin(binary) {
    this.#noteCrash('no result')
    this.#binary = binary
    this.#named = 0
  }

  #fail(test) {
    this.#named += 1
    this.#failures.push(`${this.#where()}: ${test}`)
  }

  #end(passed, failed) {
    this.#passed += passed
    // What a test writes into libtest's line hides its name, never the number.
    while (this.#named < failed) this.#fail('a test')
    this.#binary = null
    this.#named = 0
  }

  #noteCrash(how) {
    if (this.#binary !== null) this.#failures.push(`${this.#where()}: ${how}`)
    this.#binary = null
  }

  #where() {
    return this.#binary === null ? this.#suite : `${this.#suite}: ${this.#binary}`
  }
}
