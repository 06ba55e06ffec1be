export { benchmark } from './lib/benchmark'
export type {
  BenchmarkEnvironment,
  BenchmarkOptions,
  BenchmarkProgress,
  BenchmarkResult,
  BenchmarkRoute,
  BenchmarkRow,
  BenchmarkSample,
  BenchmarkWarning,
  Spread,
} from './lib/benchmark-types'
export { native } from './lib/binding'
export { copyFile, copyFileSync } from './lib/copy'
export { ZeroCopyError } from './lib/errors'
export type { CopyOptions, Progress, TransferOptions } from './lib/options'
export { type Capabilities, type Capability, probe } from './lib/probe'
export { receiveFile } from './lib/receive'
export { type RelayReport, relay } from './lib/relay'
export type { Attempt, CpuCopies, TransferReport } from './lib/report'
export { sendFile } from './lib/send'
export type { ReceiveOptions, RelayOptions, SendOptions } from './lib/socket-options'
export { type Strategy, strategies } from './lib/strategies'
