/** `zero-copy-rs receive`: the original's file_copy_server, with limits, and with a receipt. */

import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { Command, Option } from 'commander'
import { strategies } from '../index'
import { type Address, addressText, isLoopback, ORIGINAL_PORT, parseHost, parsePort } from './address'
import { BUFFER, SIZES, warnOfUnused } from './buffer'
import { UsageError, withWhatAllHave } from './command'
import { assertWritable } from './destination'
import { fail } from './failure'
import { type FateFlags, fateOf, withFate } from './fate'
import { keepAll, NumberedFiles } from './keep'
import { AUTO, type Mode, modesOf } from './mode'
import { listenOn } from './network'
import { oneLine, print, printJson, say } from './output'
import { pathOf } from './path'
import { progressBar } from './progress'
import { receipt } from './receipt'
import { underSignals } from './signals'
import { parseBufferSize, parseSize } from './size'
import { take, type Wanted } from './take'
import { Patience, parseTimeout } from './timeout'

export interface ReceiveFlags extends FateFlags {
  output: string
  host: string
  port: number
  mode: Mode
  bufferSize?: number
  keep?: string
  maxBytes?: number
  expectBytes?: number
  timeout?: number
  quiet?: true
  json?: true
}

/** The original's spelling. */
const DESTINATION = './destinaion_file'

const USAGE = `[-o FILE|--keep DIR] [-p PORT] [-H HOST] [-m MODE] [-b BYTES]
       [--max-bytes SIZE] [--expect-bytes SIZE] [--timeout SECONDS]
       [--atomic auto|always|never] [--durable] [--quiet] [--json]`

/** The others need a source with offsets. */
const RECEIVING = modesOf(strategies.filter((name) => ['read_write', 'splice', 'stream'].includes(name)))

const KEPT = `
The file appears, or is replaced, when the peer has ended the stream, after a byte at least (--expect-bytes 0: after none).
With --keep every connection is a file, DIR/000001 and so on, until a signal comes; --json is then a line for each.`

export function receiveCommand(): Command {
  const command = withOptions(withWhatAllHave(new Command('receive')))
    .summary('receive a file over TCP, and say what it took')
    .description('Takes one connection, writes what comes to a file, and says what it took.')
    .usage(USAGE)
    .addHelpText('after', SIZES + KEPT)
  return command.action((flags: ReceiveFlags) => {
    const { expectBytes = 0, maxBytes = Infinity } = flags
    if (expectBytes > maxBytes) {
      throw new UsageError(
        `--expect-bytes ${expectBytes}: expected no more than --max-bytes ${maxBytes}`,
        command,
      )
    }
    return underSignals((signal) => receive(flags, signal))
  })
}

function withOptions(command: Command): Command {
  const output = new Option('-o, --output <FILE>', 'what is there is replaced').default(DESTINATION)
  const mode = new Option('-m, --mode <MODE>', `one of ${RECEIVING.names.join(', ')}; read_write with -b`)
  return withFate(command)
    .addOption(output.conflicts('keep'))
    .option('--keep <DIR>', 'keep receiving, into numbered files of this directory')
    .option('-p, --port <PORT>', '0: any that is free', parsePort, ORIGINAL_PORT)
    .option(
      '-H, --host <HOST>',
      'of this machine: who can reach it can write the file',
      parseHost,
      '127.0.0.1',
    )
    .addOption(mode.default(AUTO, AUTO.strategy).argParser(RECEIVING.parse))
    .option('-b, --buffer-size <BYTES>', BUFFER, parseBufferSize)
    .option('--max-bytes <SIZE>', 'more than that is a failure', parseSize)
    .option('--expect-bytes <SIZE>', 'more or less than that is a failure', parseSize)
    .option('--timeout <SECONDS>', 'fail when nobody connects, or nothing comes, for so long', parseTimeout)
    .option('--quiet', 'no progress bar, and no word while waiting')
    .option('--json', 'one JSON document on standard output')
}

async function receive(flags: ReceiveFlags, signal: AbortSignal): Promise<void> {
  const address: Address = { host: flags.host, port: flags.port }
  const patience = new Patience(signal, flags.timeout, `no connection to ${addressText(address)}`)
  const wanted = wantedBy(flags)
  try {
    const { keep, output } = flags
    // Before anybody may connect.
    const files = keep === undefined ? null : new NumberedFiles(pathOf(keep, 'last'))
    const file = pathOf(output, 'last')
    if (files === null) assertWritable(file)
    const server = await listenOn(address, patience)
    sayWhere(server, flags)
    if (files === null) return await receiveOne(server, file, wanted, flags, patience)
    patience.end()
    await keepAll(server, files, wanted, flags, signal)
  } catch (error) {
    fail(patience.reasonOf(error), flags.json === true)
  } finally {
    patience.end()
  }
}

/** The original's server has a buffer and no modes: `-b` means a way that has one. */
function wantedBy(flags: ReceiveFlags): Wanted {
  const { mode, bufferSize, maxBytes, expectBytes } = flags
  const named =
    mode === AUTO && bufferSize !== undefined ? { ...mode, strategy: 'read_write' as const } : mode
  return { mode: named, bufferSize, maxBytes, expectBytes, fate: fateOf(flags) }
}

function sayWhere(server: Server, { keep, output, quiet }: ReceiveFlags): void {
  const { address: host, port } = server.address() as { address: string; port: number }
  const where = addressText({ host, port })
  if (!quiet) say(`listening on ${where}, for ${keep === undefined ? output : `files in ${keep}`}`)
  if (isLoopback(host)) return
  say(`anybody who reaches ${where} can write ${keep === undefined ? output : `files into ${keep}`}`)
}

async function receiveOne(
  server: Server,
  file: string | Buffer,
  wanted: Wanted,
  flags: ReceiveFlags,
  patience: Patience,
): Promise<void> {
  // The second in the queue is refused, as all others are from now on.
  const connected: Promise<Socket[]> = once(server, 'connection').finally(() => server.close())
  connected.catch(() => {})
  const [socket] = await patience.over(connected).finally(() => server.close())
  const bar = flags.quiet || flags.json ? null : progressBar(process.stderr)
  const { report, from } = await take(socket as Socket, file, wanted, { patience, bar })
  warnOfUnused(wanted, report)
  if (flags.json) printJson({ ...report, file: flags.output, from })
  else
    print(
      receipt(report, [
        ['file', oneLine(flags.output)],
        ['from', from],
      ]),
    )
}
