/** How long the rest will take: each row as long as it took until now. */

export class Pace {
  private readonly spent: { ms: number; runs: number }[]

  /** The rows' sizes. */
  constructor(private readonly sizes: readonly number[]) {
    this.spent = sizes.map(() => ({ ms: 0, runs: 0 }))
  }

  /** One run of a row, with all that was done for it. */
  took(row: number, ms: number): void {
    const spent = this.spent[row]
    if (spent === undefined) return
    spent.ms += ms
    spent.runs++
  }

  /** `left`: how many runs each row still has. Null: nothing has run yet. */
  remainingMs(left: readonly number[]): number | null {
    const known = this.spent.map(({ ms, runs }) => (runs === 0 ? null : ms / runs))
    const perByte = meanOf(known.flatMap((ms, i) => (ms === null ? [] : [ms / (this.sizes[i] as number)])))
    if (perByte === null) return null
    // A row that has not run yet is as the others are, byte for byte.
    return left.reduce((sum, runs, i) => sum + runs * (known[i] ?? perByte * (this.sizes[i] as number)), 0)
  }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
