import { inspect } from 'node:util'
import { autoOf, findingOf } from './benchmark-finding'
import { textOf } from './benchmark-table'
import type { BenchmarkResult } from './benchmark-types'

/** What a result is made from; the rest follows. */
export type Facts = Omit<BenchmarkResult, 'format' | 'formatVersion' | 'auto' | 'finding'>

/** Plain data with two ways to print itself. */
export class Result implements BenchmarkResult {
  format: 'zero-copy-rs benchmark' = 'zero-copy-rs benchmark'
  formatVersion: 1 = 1
  complete: boolean
  command: BenchmarkResult['command']
  options: BenchmarkResult['options']
  environment: BenchmarkResult['environment']
  rows: BenchmarkResult['rows']
  samples: BenchmarkResult['samples']
  warnings: BenchmarkResult['warnings']
  auto: BenchmarkResult['auto']
  finding: string[]

  constructor({ complete, command, options, environment, rows, samples, warnings }: Facts) {
    this.complete = complete
    this.command = command
    this.options = options
    this.environment = environment
    this.rows = rows
    this.samples = samples
    this.warnings = warnings
    this.auto = autoOf(rows, samples)
    this.finding = findingOf(rows)
  }

  toString(): string {
    return textOf(this)
  }

  [inspect.custom](depth: number): string {
    return depth < 0 ? '[BenchmarkResult]' : `BenchmarkResult {\n${textOf(this).replace(/^/gm, '  ')}\n}`
  }
}
