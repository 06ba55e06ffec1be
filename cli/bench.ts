/** `zero-copy-rs bench`: the original's experiment, and more: measured, drawn, written down and compared. */

import { Command } from 'commander'
import {
  type BenchmarkOptions,
  type BenchmarkProgress,
  type BenchmarkResult,
  benchmark,
  type Strategy,
} from '../index'
import {
  MEASURED,
  parseBuffers,
  parseIterations,
  parsePeer,
  parseSizes,
  parseStrategies,
} from './bench-arguments'
import { compared, comparisonText } from './bench-compare'
import { OutDirectory } from './bench-out'
import { runBar } from './bench-progress'
import { type BenchmarkRecord, readRecord } from './bench-record'
import { benchText } from './bench-text'
import { SIZES } from './buffer'
import { UsageError, withWhatAllHave } from './command'
import { documentOf, fail } from './failure'
import { oneLine, print, printJson, say } from './output'
import { pathOf } from './path'
import { underSignals } from './signals'

interface Flags {
  size?: number[]
  buffers?: number[]
  iterations?: number
  strategies?: (Strategy | 'auto')[]
  cold?: true
  where?: string
  network?: true | { host: string; port: number }
  quick?: true
  out?: string
  compare?: string
  quiet?: true
  json?: true
}

const USAGE = `[file] [--size SIZES] [--buffers SIZES] [--iterations N] [--strategies NAMES] [--cold] [--where DIR]
       [--network[=HOST[:PORT]]] [--quick] [--out DIR] [--compare RECORD] [--quiet] [--json]`

const HELP = `${SIZES}
Without options: the original's experiment (10 MB, disk to disk, buffers 32 to 512, ten times each of read_write, mmap_write
and sendfile, the moving loop alone), then every other strategy, and auto. Nothing else should run meanwhile.
A host takes connections with \`zero-copy-rs receive --keep DIR\`.
--out writes result.json, after each run, and at the end report.html and file_copy_analysis.svg.`

export function benchCommand(): Command {
  const command = withOptions(withWhatAllHave(new Command('bench')))
    .summary('measure what each strategy costs here')
    .description('Measures what each strategy costs on this machine.')
    .usage(USAGE)
    .argument('[file]', 'what is moved; without it, random bytes')
    .addHelpText('after', HELP)
  return command.action((file: string | undefined, flags: Flags) => {
    if (file !== undefined && flags.size !== undefined) {
      throw new UsageError('--size is of generated files: expected a file or --size, not both', command)
    }
    return underSignals((signal) => bench(file, flags, signal))
  })
}

function withOptions(command: Command): Command {
  const names = `of ${MEASURED.names.join(', ')}`
  return command
    .option('--size <SIZES>', 'of generated files, such as 64K,10MB; default: 10MB', parseSizes)
    .option('--buffers <SIZES>', 'up to 8MiB each; default: 32,64,128,256,512', parseBuffers)
    .option('--iterations <N>', 'how often each is run; default: 10', parseIterations)
    .option('--strategies <NAMES>', `some ${names}; default: all`, parseStrategies)
    .option('--cold', 'drop the source from the page cache before each run')
    .option('--where <DIR>', 'where the test files are, and so: which file system; default: here')
    .option('--network [HOST[:PORT]]', 'file to socket: over loopback, or to a host', parsePeer)
    .option('--quick', 'two buffers, three times each: a look, not a measurement')
    .option('--out <DIR>', 'write the record, the page and the plot there; made if missing')
    .option('--compare <RECORD>', 'with an earlier result.json')
    .option('--quiet', 'no progress bar')
    .option('--json', 'one JSON document on standard output')
}

async function bench(file: string | undefined, flags: Flags, signal: AbortSignal): Promise<void> {
  let out: OutDirectory | null = null
  let progress: BenchmarkProgress | null = null
  const isJson = flags.json === true
  try {
    const command = flags.network === undefined ? 'file' : 'network'
    const record = flags.compare === undefined ? null : readRecord(flags.compare, command)
    out = flags.out === undefined ? null : new OutDirectory(flags.out)
    const bar = flags.quiet || isJson ? null : runBar(process.stderr)
    const onProgress = (now: BenchmarkProgress) => {
      progress = now
      out?.saveSoon(() => now.result)
      bar?.onProgress(now)
    }
    const options = { ...optionsOf(file, flags), signal, onProgress }
    const result = await benchmark(options).finally(bar?.stop)
    await tell(result, record, out, isJson)
  } catch (error) {
    tellFailure(error, progress, out, isJson)
    out?.abandon()
  }
}

function optionsOf(file: string | undefined, flags: Flags): BenchmarkOptions {
  const { size, buffers, iterations, strategies, cold, where, network, quick } = flags
  const named = file === undefined ? undefined : pathOf(file, 'first')
  return { file: named, size, buffers, iterations, strategies, cold, where, network, quick }
}

async function tell(
  result: BenchmarkResult,
  record: BenchmarkRecord | null,
  out: OutDirectory | null,
  isJson: boolean,
): Promise<void> {
  out?.save(result)
  const written = (await out?.draw(result)) ?? []
  const comparison = record === null ? null : compared(record, result)
  if (isJson) return printJson(comparison === null ? result : { ...result, comparison })
  print(benchText(result))
  if (comparison !== null) print(`\n${comparisonText(comparison, result)}`)
  if (written.length > 0) print(`\nWritten: ${written.map(oneLine).join(', ')}`)
}

/** With what was measured until then. */
function tellFailure(
  error: unknown,
  progress: BenchmarkProgress | null,
  out: OutDirectory | null,
  isJson: boolean,
): void {
  const { code, cause, result = null } = error as Interrupted
  if (result !== null) {
    out?.save(result)
    if (!isJson) print(benchText(result))
  }
  if (code !== 'ABORT_ERR') {
    fail(error, isJson)
    return
  }
  const when = progress === null ? 'before the first run' : `after ${progress.done} of ${progress.total} runs`
  say(`stopped by ${cause} ${when}`)
  if (isJson) printJson({ ...documentOf(error), result })
  process.exitCode = 1
}

type Interrupted = { code?: unknown; cause?: unknown; result?: BenchmarkResult | null }
