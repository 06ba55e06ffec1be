/** `zero-copy-rs copy`: the original's file_copy, for every strategy, with a receipt. */

import { statSync } from 'node:fs'
import { Command, Option } from 'commander'
import { type CopyOptions, copyFile } from '../index'
import { BUFFER, bufferSizeOf, SIZES, warnOfSlow, warnOfUnused } from './buffer'
import { UsageError, withWhatAllHave } from './command'
import { fail } from './failure'
import { type FateFlags, fateOf, type Kept, parsePreserve, withFate } from './fate'
import { AUTO, COPYING, type Mode } from './mode'
import { print, printJson } from './output'
import { pathOf } from './path'
import { progressBar } from './progress'
import { receipt } from './receipt'
import { underSignals } from './signals'
import { parseBufferSize, parseSize } from './size'

interface Flags extends FateFlags {
  mode: Mode
  bufferSize?: number
  offset?: number
  length?: number
  reflink: 'auto' | 'always' | 'never'
  sparse: 'auto' | 'always' | 'never'
  preserve?: Kept
  overwrite: boolean
  quiet?: true
  json?: true
}

const USAGE = `<source> <destination> [-m MODE] [-b BYTES] [--offset SIZE] [--length SIZE]
       [--reflink auto|always|never] [--sparse auto|always|never] [--atomic auto|always|never]
       [--durable] [--preserve all|timestamps,ownership,xattrs] [-n|--no-overwrite] [--quiet] [--json]`

export function copyCommand(): Command {
  const command = withOptions(withWhatAllHave(new Command('copy')))
    .summary('copy a file, and say what it took')
    .description('Copies a file, and says what it took.')
    .usage(USAGE)
    .argument('<source>', 'a file')
    .argument('<destination>', 'the name of the copy')
    .addHelpText('after', SIZES)
  return command.action((source: string, destination: string, flags: Flags) => {
    const { reflink, mode } = flags
    if (reflink === 'always' && !['auto', 'reflink'].includes(mode.strategy)) {
      throw new UsageError(`--reflink always: expected -m auto or reflink, not ${mode.strategy}`, command)
    }
    return underSignals((signal) => copy(source, destination, flags, signal))
  })
}

function withOptions(command: Command): Command {
  const mode = new Option('-m, --mode <MODE>', `one of ${COPYING.names.join(', ')}`)
  const reflink = new Option('--reflink <WHEN>', 'share extents instead of copying')
  const sparse = new Option(
    '--sparse <WHEN>',
    'leave holes: auto, those of the source; always, for zeroes too',
  )
  return withFate(command)
    .addOption(mode.default(AUTO, AUTO.strategy).argParser(COPYING.parse))
    .option('-b, --buffer-size <BYTES>', BUFFER, parseBufferSize)
    .option('--offset <SIZE>', 'the first byte of the source to copy', parseSize)
    .option('--length <SIZE>', 'how many bytes of the source to copy', parseSize)
    .addOption(reflink.choices(['auto', 'always', 'never']).default('auto'))
    .addOption(sparse.choices(['auto', 'always', 'never']).default('auto'))
    .option('--preserve <WHAT>', 'all, or of timestamps, ownership, xattrs those named', parsePreserve)
    .option('-n, --no-overwrite', 'fail where the destination exists')
    .option('--quiet', 'no progress bar')
    .option('--json', 'one JSON document on standard output')
}

async function copy(source: string, destination: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const from = pathOf(source, 'first')
  warnOfSlow(flags, bytesOf(from, flags))
  const bar = flags.quiet || flags.json ? null : progressBar(process.stderr)
  const options = { ...optionsOf(flags), signal, onProgress: bar?.onProgress }
  try {
    const report = await copyFile(from, pathOf(destination, 'last'), options).finally(bar?.stop)
    warnOfUnused(flags, report)
    if (flags.json) printJson(report)
    else print(receipt(report))
  } catch (error) {
    fail(error, flags.json === true)
  }
}

function optionsOf(flags: Flags): CopyOptions {
  const { mode, offset, length, reflink, sparse, preserve, overwrite } = flags
  const how = { strategy: mode.strategy, bufferSize: bufferSizeOf(flags), offset, length, reflink }
  return { ...how, ...fateOf(flags), sparse, preserve, overwrite }
}

/** How much there is to copy. */
function bytesOf(source: string | Buffer, { offset = 0, length = Infinity }: Flags): number {
  return Math.min(sizeOf(source) - offset, length)
}

/** 0 where it can't be known: the copy will say why. */
function sizeOf(path: string | Buffer): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
