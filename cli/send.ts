/** `zero-copy-rs send`: the original's file_copy_client, for every strategy that can write a socket, with a receipt. */

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Command, Option } from 'commander'
import { type SendOptions, sendFile, strategies, type TransferReport } from '../index'
import { endWhenClosed, resetWhenClosed } from '../lib/linger'
import { type Address, addressText, ORIGINAL_PORT, parseHost, parsePeerPort } from './address'
import { BUFFER, bufferSizeOf, SIZES, warnOfSlow, warnOfUnused } from './buffer'
import { withWhatAllHave } from './command'
import { fail } from './failure'
import { AUTO, type Mode, modesOf } from './mode'
import { connectTo, reasonOf } from './network'
import { print, printJson, say } from './output'
import { pathOf } from './path'
import { type ProgressBar, progressBar } from './progress'
import { receipt } from './receipt'
import { underSignals } from './signals'
import { parseBufferSize } from './size'
import { bytesToSend } from './source'
import { Patience, parseTimeout } from './timeout'

interface Flags {
  ip: string
  port: number
  mode: Mode
  bufferSize?: number
  timeout?: number
  quiet?: true
  json?: true
}

const USAGE = '<file> [-i IP] [-p PORT] [-m MODE] [-b BYTES] [--timeout SECONDS] [--quiet] [--json]'

/** The others move bytes from file to file alone. */
const SENDING = modesOf(strategies.filter((name) => !['copy_file_range', 'reflink', 'direct'].includes(name)))

const WIRE = `
The bytes of the file are all that is sent, then the end of the stream: whatever takes a TCP connection can receive it.
A send that is cut short, by kill -9 too, resets the connection.`

export function sendCommand(): Command {
  return withOptions(withWhatAllHave(new Command('send')))
    .summary('send a file over TCP, and say what it took')
    .description('Connects, sends a file, and says what it took.')
    .usage(USAGE)
    .argument('<file>', 'a file')
    .addHelpText('after', SIZES + WIRE)
    .action((file: string, flags: Flags) => underSignals((signal) => send(file, flags, signal)))
}

function withOptions(command: Command): Command {
  const mode = new Option('-m, --mode <MODE>', `one of ${SENDING.names.join(', ')}`)
  const patience = 'fail when nothing is seen of the peer for so long'
  return command
    .option('-i, --ip <IP>', 'where to: an IPv4 or IPv6 address, or a name', parseHost, '127.0.0.1')
    .option('-p, --port <PORT>', 'where to', parsePeerPort, ORIGINAL_PORT)
    .addOption(mode.default(AUTO, AUTO.strategy).argParser(SENDING.parse))
    .option('-b, --buffer-size <BYTES>', BUFFER, parseBufferSize)
    .option('--timeout <SECONDS>', patience, parseTimeout)
    .option('--quiet', 'no progress bar')
    .option('--json', 'one JSON document on standard output')
}

async function send(file: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const to: Address = { host: flags.ip, port: flags.port }
  const source = pathOf(file, 'last')
  const patience = new Patience(signal, flags.timeout, `no connection to ${addressText(to)}`)
  try {
    const size = await bytesToSend(source)
    warnOfSlow(flags, size)
    const report = await sent(source, to, flags, patience)
    warnOfUnused(flags, report)
    if (report.bytes === 0)
      say('nothing was sent: to the peer an empty file looks like a connection that failed')
    if (flags.json) printJson({ ...report, to: addressText(to) })
    else print(receipt(report, [['to', addressText(to)]]))
  } catch (error) {
    fail(patience.reasonOf(error), flags.json === true)
  } finally {
    patience.end()
  }
}

async function sent(
  source: string | Buffer,
  to: Address,
  flags: Flags,
  patience: Patience,
): Promise<TransferReport> {
  const socket = await connectTo(to, patience)
  const bar = flags.quiet || flags.json ? null : progressBar(process.stderr)
  try {
    patience.now(`no byte was taken by ${addressText(to)}`)
    const options = optionsOf(flags, to, patience, bar)
    const report = await sendFile(socket, source, options).finally(bar?.stop)
    patience.end()
    await endOf(socket, to, flags.timeout ?? UNTIL_CLOSED_MS, patience)
    return report
  } catch (error) {
    throw reasonOf(error, socket, to)
  } finally {
    // A reset, unless it came to the orderly end.
    socket.destroy()
  }
}

function optionsOf(flags: Flags, to: Address, patience: Patience, bar: ProgressBar | null): SendOptions {
  return {
    strategy: flags.mode.strategy,
    bufferSize: bufferSizeOf(flags),
    signal: patience.signal,
    onProgress(progress) {
      patience.now(`no byte was taken by ${addressText(to)}`, progress.bytes)
      bar?.onProgress(progress)
    },
  }
}

/** For a peer that is still writing to its disk. */
const UNTIL_CLOSED_MS = 10_000

/**
 * Ends the stream, and waits until the peer has closed its side: all bytes are with our kernel, but the peer's answer to them
 * may still be a reset.
 */
async function endOf(socket: Socket, to: Address, ms: number, patience: Patience): Promise<void> {
  const closed = new AbortController()
  const timer = setTimeout(() => closed.abort(), ms)
  endWhenClosed(socket)
  socket.end()
  try {
    if (socket.errored) throw socket.errored
    const { signal } = closed
    if (!socket.readableEnded) await patience.over(once(socket, 'end', { signal }))
    else if (!socket.writableFinished) await patience.over(once(socket, 'finish', { signal }))
  } catch (error) {
    if (!closed.signal.aborted) {
      resetWhenClosed(socket)
      throw error
    }
    say(`${addressText(to)} keeps the connection open: whether it took everything is not known`)
  } finally {
    clearTimeout(timer)
  }
}
