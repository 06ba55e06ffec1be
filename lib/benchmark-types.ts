/** What a benchmark is asked, and what it finds. docs/api.md explains each of these, "benchmark". */

import type { PathLike } from 'node:fs'
import type { Attempt, CpuCopies, TransferReport } from './report'
import type { Strategy } from './strategies'

/** What is to be measured. Without options: the original's experiment, then every other strategy and `auto`. */
export interface BenchmarkOptions {
  /** The file that is moved. Without one: random bytes, of each of `size`. */
  file?: PathLike | undefined
  /** Bytes of the generated files; 10,000,000. Not together with `file`. */
  size?: number | readonly number[] | undefined
  /** Bytes, 1 to 8 MiB each: the experiment's x; 32, 64, 128, 256 and 512 by default. */
  buffers?: readonly number[] | undefined
  /** `read_write`, `mmap_write`, `sendfile`, then the others and `auto` by default. */
  strategies?: readonly (Strategy | 'auto')[] | undefined
  /** Of each strategy and buffer; 10 by default, 3 with `quick`. */
  iterations?: number | undefined
  /** Drops the source from the page cache before each run. */
  cold?: boolean | undefined
  /** The directory of the test files, and so: which file system; the working directory by default. */
  where?: PathLike | undefined
  /** File to socket. True: over loopback, to a thread that discards. A host: to a `receive --keep` there. */
  network?: boolean | { host: string; port?: number | undefined } | undefined
  /** A look instead of a measurement: buffers 64 and 512, 3 iterations, where not said otherwise. */
  quick?: boolean | undefined
  /** Stops the benchmark and removes its files; what was measured until then is the error's `result`. */
  signal?: AbortSignal | undefined
  /** Told of each run when it is over, before the next begins. If it throws, the benchmark rejects with that. */
  onProgress?: ((progress: BenchmarkProgress) => void) | undefined
}

/** How far a benchmark is, after a run. */
export interface BenchmarkProgress {
  /** Runs. */
  done: number
  /** Runs; fewer than before once a strategy turned out to be unavailable. */
  total: number
  /** From the runs until now; null before the first. */
  remainingMs: number | null
  /** The run that is over; null: it could not run, and its row's `unavailable` says why. */
  latest: BenchmarkSample | null
  /** All until now, `complete: false`. Worked out when it is read. */
  readonly result: BenchmarkResult
}

/** One run, raw. */
export interface BenchmarkSample {
  /** From 1: each round runs everything once, each in another order. */
  round: number
  /** Its row's index in `rows`. */
  row: number
  /** Bytes. */
  size: number
  strategy: Strategy | 'auto'
  /** As its row's: what was asked for. What was used, if any, says `report.bufferSize`. */
  bufferSize: number | null
  /** Network: until the peer had all and had closed. Null from file to file. */
  deliveredMs: number | null
  /** Loopback: CPU time of the thread that discards. Null elsewhere. */
  receiverCpuMs: number | null
  /** The receipt. */
  report: TransferReport
}

/** All runs of one size, strategy and buffer. */
export interface BenchmarkRow {
  /** Bytes. */
  size: number
  strategy: Strategy | 'auto'
  /** What finished the last run: what `auto` came to. Null: nothing ran. */
  ran: Strategy | null
  /**
   * The buffer that was asked for. The original's three modes are asked with each of `buffers`, also `sendfile`, which has
   * none: its line in the plot is measured, not supposed. The others are asked with none: null.
   */
  bufferSize: number | null
  /** How many samples this row has. */
  runs: number
  /** The moving loop alone, as the original measured it. Each is null where nothing ran. */
  durationMs: Spread | null
  /** The whole call. */
  totalMs: Spread | null
  /** Network: until the peer had all and had closed. */
  deliveredMs: Spread | null
  /** Of the thread that moved the bytes. */
  cpuMs: Spread | null
  /** Loopback: of the thread that discards. */
  receiverCpuMs: Spread | null
  /** Moved bytes over `durationMs`; null also where none were moved (reflink). */
  bytesPerSecond: Spread | null
  /** Median a run, by the names that strace uses. */
  syscalls: Record<string, number>
  /** Median a run. */
  contextSwitches: { voluntary: number; involuntary: number }
  /** Median a run. */
  pageFaults: { minor: number; major: number }
  /** Bytes, median a run; null where not accounted. */
  deviceReads: number | null
  /** Bytes, median a run; null where not accounted. */
  deviceWrites: number | null
  /** Of the last run. */
  cpuCopies: CpuCopies
  /** Why it could not run here; null: it ran, or has not been tried yet. */
  unavailable: string | null
}

/** Of a row's runs. Percentiles are interpolated linearly between the samples. */
export interface Spread {
  median: number
  /** Median absolute deviation from the median, not scaled. */
  mad: number
  p10: number
  p90: number
  min: number
  max: number
}

/** What makes numbers doubtful. */
export interface BenchmarkWarning {
  /**
   * `noisy`: the runs differ much. `throttled`: the machine held the CPU back meanwhile. `cached`: `cold` was asked, but not
   * every byte came from a device. `short`: too short to time.
   */
  kind: 'noisy' | 'throttled' | 'cached' | 'short'
  /** A sentence, with the numbers. */
  message: string
  /** Indices in `rows`; none: it is about all of them. */
  rows: number[]
}

/** Where it was measured. */
export interface BenchmarkEnvironment {
  /** When it began: ISO 8601, UTC. */
  date: string
  kernel: string
  cpu: string
  /** That this process may use. */
  cores: number
  memoryBytes: number
  /** Of the test files, or of the source (network). */
  fileSystem: string
  device: string
  cache: 'hot' | 'cold'
  /** Of one minute, when it began. */
  loadAverage: number
  /** Null: measured without Node. */
  node: string | null
  /** Of zero-copy-rs. */
  version: string
  /** Network: by which device the bytes leave, and what it can do. Null from file to file. */
  route: BenchmarkRoute | null
}

/** Where the bytes of a network benchmark go. */
export interface BenchmarkRoute {
  /** As given, or 127.0.0.1. */
  host: string
  port: number
  /** What that came to. */
  address: string
  interface: string
  /** Null: not known. */
  scatterGather: boolean | null
  checksumOffload: boolean | null
}

/** What was measured. `JSON.stringify` gives a record (`result.json`), `String` the table. */
export interface BenchmarkResult {
  format: 'zero-copy-rs benchmark'
  formatVersion: 1
  /** False: it was interrupted, or goes on. */
  complete: boolean
  command: 'file' | 'network'
  /** What was asked, with what was left to us filled in. */
  options: {
    sizes: number[]
    buffers: number[]
    strategies: (Strategy | 'auto')[]
    iterations: number
    cold: boolean
    quick: boolean
    /** The base name; null: generated. */
    file: string | null
  }
  environment: BenchmarkEnvironment
  /** By size, then strategy, then buffer, as they were asked for. */
  rows: BenchmarkRow[]
  /** In the order in which they ran. */
  samples: BenchmarkSample[]
  warnings: BenchmarkWarning[]
  /** What `auto` picks here, and why: from its own attempts. */
  auto: {
    /** Null: it was not measured. */
    picks: Strategy | null
    /** In sentences. */
    why: string
    attempts: Attempt[]
  }
  /** In sentences: what the original found, and by how much here. */
  finding: string[]
}
