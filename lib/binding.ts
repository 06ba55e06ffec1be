/**
 * The native binding, or the reason why there is none.
 *
 * Importing this package never throws: on a platform without a binary everything else still loads, `native`
 * is false, and calls say what the loader said.
 */

type Path = string | Uint8Array

/** What the Rust side exports. */
export interface Binding {
  /** The tables behind the indices in the numbers: strategies, and system calls as strace names them. */
  names(): { strategies: string[]; calls: string[] }
  /** Copies on this thread; fills `numbers` and answers as `take` does. */
  copyFileSync(source: Path | number, destination: Path, options: Float64Array, numbers: Float64Array): string
  /** SO_LINGER of a socket; seconds below 0: off. */
  setLinger(fd: number, seconds: number): void
  /** What sending to an IP address would cost; fills `numbers` and answers as `take` does, null where it is no such address. */
  probeRoute(address: string, numbers: Float64Array): string | null
  /** A duplicate that the caller closes, or -1. */
  duplicate?(fd: number): number
  Transfers: new (onSettled: () => void) => NativeTransfers
}

/**
 * Transfers on threads of the binding's own. `onSettled` is called on the JavaScript thread when `take` has
 * something to give. While any is under way, the event loop stays alive.
 *
 * What begins or cancels a transfer never throws for its failure, duplicates the descriptors that it is given
 * before it returns, and answers true when outcomes wait that `onSettled` was not called for: those that
 * settled on this very thread.
 */
export interface NativeTransfers {
  /** A number as source is a descriptor. */
  copyFile(id: number, source: Path | number, destination: Path, options: Float64Array): boolean
  probe(id: number, path: Path | null): boolean
  /** `socket` is a descriptor; small resident files are sent before this returns. */
  sendFile(id: number, socket: number, source: Path | number, options: Float64Array): boolean
  /** `prefix`: what JavaScript has read from the socket already. */
  receiveFile(
    id: number,
    socket: number,
    destination: Path,
    prefix: Uint8Array,
    options: Float64Array,
  ): boolean
  relay(
    id: number,
    a: number,
    b: number,
    fromA: Uint8Array,
    fromB: Uint8Array,
    options: Float64Array,
  ): boolean
  /**
   * Begins a benchmark, which waits then until it is told to go on. `peer` null: from file to file; empty: over loopback;
   * else `address:port`.
   */
  benchmark(
    id: number,
    file: Path | null,
    directory: Path,
    peer: string | null,
    options: Float64Array,
  ): boolean
  /** Measures once more, in the benchmark that began with this number. */
  benchmarkRun(id: number, benchmark: number): boolean
  /** Ends it, whole or not, and removes its files. */
  benchmarkEnd(id: number, benchmark: number): boolean
  /**
   * The next settled transfer: fills `numbers` (lib/numbers.ts says how) and returns its text; null when none
   * is left.
   */
  take(numbers: Float64Array): string | null
  /**
   * Fills bytes moved and total (NaN: not known), of a relay the bytes moved each way; false when this transfer
   * is not under way.
   */
  progress(id: number, numbers: Float64Array): boolean
  /** Stops a transfer before it starts or at its next step. It still settles. */
  cancel(id: number): boolean
}

function load(): Binding | Error {
  try {
    if (process.env.ZERO_COPY_RS_NATIVE === '0') return new Error('ZERO_COPY_RS_NATIVE=0 switches it off')
    return require('#binding') as typeof import('#binding')
  } catch (error) {
    return new Error(reasonOf(error), { cause: error })
  }
}

const ABSENT = /^Cannot find (module|native binding)/

/**
 * The loader tries several files, and "not found" of the others hides the one that was found and would not
 * load.
 */
function reasonOf(error: unknown): string {
  const messages: string[] = []
  for (let at = error as Thrown; typeof at === 'object' && at !== null; at = at.cause as Thrown) {
    messages.push(String(at.message).replace(/\.?(\n.*)?$/s, ''))
  }
  return messages.find((message) => !ABSENT.test(message)) ?? messages[0] ?? String(error)
}

type Thrown = { message?: unknown; cause?: unknown } | null

const loaded = load()

/** The binding; null where there is none. */
export const binding: Binding | null = loaded instanceof Error ? null : loaded

/** Why there is no binding; null where there is one. */
export const absence: Error | null = loaded instanceof Error ? loaded : null

/** System calls by the index that the binding uses. */
export const calls: readonly string[] = binding?.names().calls ?? []

/**
 * Whether the native binding was loaded. False on a platform without a binary, and with
 * `ZERO_COPY_RS_NATIVE=0`; then sockets are served through streams, and every other call rejects with
 * `ERR_STRATEGY_UNAVAILABLE` and the reason.
 */
export const native: boolean = binding !== null
