/** A benchmark under way: one run after the other, each when the last one was told. */

import { type Began, beganAt, ranAt, warningsAt } from './benchmark-numbers'
import type { BenchmarkWish } from './benchmark-options'
import { Pace } from './benchmark-pace'
import { Result } from './benchmark-result'
import type {
  BenchmarkEnvironment,
  BenchmarkProgress,
  BenchmarkResult,
  BenchmarkRow,
  BenchmarkSample,
  BenchmarkWarning,
} from './benchmark-types'
import type { Binding, NativeTransfers } from './binding'
import { Failure } from './failure'
import { at, numbers } from './numbers'
import { begun, type Kind, type Transfer } from './transfer'

type Native = NativeTransfers

export class Benchmarking {
  /** Why it ended early; null: it did not. */
  failure: Failure | null = null
  private readonly rows: BenchmarkRow[]
  private readonly samples: BenchmarkSample[] = []
  private readonly environment: BenchmarkEnvironment
  private readonly pace: Pace
  private readonly ran: number[]
  private warnings: BenchmarkWarning[] = []

  private constructor(
    private readonly binding: Binding,
    /** The binding's number of it. */
    private readonly id: number,
    private readonly wish: BenchmarkWish,
    { rows, environment, route }: Began,
  ) {
    const { peer, asked } = wish
    this.rows = rows
    this.pace = new Pace(rows.map(({ size }) => size))
    this.ran = rows.map(() => 0)
    this.environment = {
      ...environment,
      cache: asked.cold ? 'cold' : 'hot',
      node: process.versions.node,
      route: peer && { host: peer.host || route.address, ...route },
    }
  }

  /** Checks, and makes what is needed; measures nothing yet. */
  static async begin(
    binding: Binding,
    wish: BenchmarkWish,
    address: string | null,
  ): Promise<Benchmarking | Failure> {
    const { file, where, numbers: options } = wish
    let id = 0
    const start = (native: Native, own: number) => {
      id = own
      return native.benchmark(own, file, where, address, options)
    }
    const began = await stoppable(begun(binding, kind(beganAt), start), wish.signal)
    return began instanceof Failure ? began : new Benchmarking(binding, id, wish, began)
  }

  /** Whether nothing was measured. */
  get isEmpty(): boolean {
    return this.samples.length === 0
  }

  /** To the end, or to the first failure; then nothing of it is left on the disk. What `onProgress` throws, this throws. */
  async all(): Promise<void> {
    try {
      while (await this.next());
    } finally {
      const id = this.id
      const ended = await begun(this.binding, kind(warningsAt), (native, own) => native.benchmarkEnd(own, id))
        .outcome
      if (ended instanceof Failure) this.failure ??= ended
      else this.warnings = ended
    }
  }

  /** A copy, so that nothing in it changes later. */
  result(complete: boolean): BenchmarkResult {
    const { wish, environment, warnings } = this
    const rows = this.rows.map((row) => ({ ...row }))
    const sizes = [...new Set(rows.map(({ size }) => size))]
    return new Result({
      complete,
      command: wish.peer === null ? 'file' : 'network',
      options: { ...wish.asked, sizes },
      environment,
      rows,
      samples: [...this.samples],
      warnings,
    })
  }

  /** One run; false: there is none left, or it failed. */
  private async next(): Promise<boolean> {
    const { wish, rows, id } = this
    if (wish.signal?.aborted) {
      this.failure = new Failure({ code: 'ABORT_ERR' }) // a run that is begun may be over before it is stopped
      return false
    }
    const before = performance.now()
    const start = (native: Native, own: number) => native.benchmarkRun(own, id)
    const run = await stoppable(begun(this.binding, kind(ranAt), start), wish.signal)
    if (run instanceof Failure) this.failure = run
    if (run instanceof Failure || run === null) return false
    const { index, row, sample, done, total } = run
    const { size, strategy, bufferSize } = rows[index] as BenchmarkRow
    rows[index] = { size, strategy, bufferSize, ...row }
    this.pace.took(index, performance.now() - before)
    this.ran[index] = (this.ran[index] as number) + 1
    const latest = sample && { row: index, size, strategy, bufferSize, ...sample }
    if (latest !== null) this.samples.push(latest)
    this.tell({ done, total, latest })
    return true
  }

  private tell(how: Pick<BenchmarkProgress, 'done' | 'total' | 'latest'>): void {
    const left = this.rows.map(({ unavailable }, i) => {
      return unavailable === null ? this.wish.asked.iterations - (this.ran[i] as number) : 0
    })
    const remainingMs = this.pace.remainingMs(left)
    const result = () => this.result(false)
    this.wish.onProgress?.({
      ...how,
      remainingMs,
      get result() {
        return result()
      },
    })
  }
}

/** Of the bytes of one run nobody is told. */
function kind<T>(read: (n: Float64Array, text: string) => T): Kind<T, number> {
  return { read, progress: () => at(numbers, 0) }
}

async function stoppable<T>(
  transfer: Transfer<T, number>,
  signal: AbortSignal | undefined,
): Promise<T | Failure> {
  const stop = () => transfer.stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted) stop()
    return await transfer.outcome
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
