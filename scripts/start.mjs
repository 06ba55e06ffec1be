// `npm start`: the main jobs on a real file. Copies Node's own executable by each strategy, then by `auto`, checks every
// copy, and prints what each took as one table; then sends it over loopback by each, and prints a receipt of each send.
// Removes what it made, also when it is interrupted.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sendOverLoopback } from './loopback.mjs'

const require = createRequire(import.meta.url)
const { copyFile, probe, strategies } = require('../dist/index.js')
const cli = require('../dist/cli.js')
const { callsText, copiesText, durationText, outcomeText, rateText, receipt, sizeText, table, underSignals } =
  cli

const columns = [
  { title: 'strategy' },
  { title: 'bytes', align: 'right' },
  { title: 'wall', align: 'right' },
  { title: 'CPU', align: 'right' },
  { title: 'system calls' },
  { title: 'CPU copies', align: 'right' },
  { title: 'rate', align: 'right' },
]

await underSignals(async (signal) => {
  const directory = mkdtempSync(join(tmpdir(), 'zero-copy-rs-start-'))
  try {
    await main(process.execPath, directory, signal)
  } catch (error) {
    console.error(`npm start: ${error.message}`)
    process.exitCode = 1
  } finally {
    rmSync(directory, { recursive: true })
  }
})

async function main(source, directory, signal) {
  const { path, kernel } = await probe(directory)
  // To check against; and so no strategy has to wait for the disk that the next one finds in the page cache.
  const bytes = readFileSync(source)
  console.log(`${source}, ${sizeText(bytes.length)}, to ${directory} (${path.fileSystem}, Linux ${kernel})`)
  const rows = []
  for (const strategy of [...strategies, 'auto']) {
    rows.push(await rowOf(strategy, source, join(directory, strategy), bytes, signal))
  }
  console.log(table(columns, rows))

  console.log(`\nThe same over loopback, from one socket to another, into a file; the sender's receipts:`)
  await sendOverLoopback({
    source,
    destination: join(directory, 'received'),
    bytes,
    strategies: [...strategies, 'auto'],
    signal,
    tell: (strategy, report) => console.log(`\n${sendText(strategy, report)}`),
  })
  console.log(
    '\nREADME.md goes on from here; a copy of your own: node dist/cli.js copy <source> <destination>',
  )
}

/** The receipt of a send by this strategy, or why there can be none. */
function sendText(strategy, report) {
  if (report instanceof Error) return `${strategy}: ${whyNot(report)}`
  return receipt(report, strategy === 'auto' ? [['chosen by', 'auto']] : [])
}

function whyNot({ attempts, message }) {
  return attempts.map(outcomeText).join('; ') || message
}

/** What a copy by this strategy took, or why there can be none here. */
async function rowOf(strategy, source, destination, bytes, signal) {
  try {
    const report = await copyFile(source, destination, { strategy, signal })
    if (!readFileSync(destination).equals(bytes)) throw new Error(`the copy by ${strategy} is not its source`)
    return [
      strategy === 'auto' ? `auto: ${report.strategy}` : strategy,
      `${report.bytes}`,
      durationText(report.durationMs),
      durationText(report.cpu.totalMs),
      callsText(report.syscalls),
      copiesText(report.cpuCopies.count),
      rateText(report.bytesPerSecond),
    ]
  } catch (error) {
    if (error.code !== 'ERR_STRATEGY_UNAVAILABLE') throw error
    return [strategy, whyNot(error)]
  } finally {
    rmSync(destination, { force: true })
  }
}
