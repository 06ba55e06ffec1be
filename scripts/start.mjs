// `npm start`: the main jobs on a real file. Measures a copy of it by each strategy, and by `auto`, as `bench --quick` does, and
// prints the table, the plot, what was found and a receipt of each; then sends it over loopback by each, with the receipts.
// Removes what it made, also when it is interrupted.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sendOverLoopback } from './loopback.mjs'

const require = createRequire(import.meta.url)
const { benchmark, strategies } = require('../dist/index.js')
const { benchText, outcomeText, receipt, runBar, sizeText, underSignals } = require('../dist/cli.js')

await underSignals(async (signal) => {
  const directory = mkdtempSync(join(tmpdir(), 'zero-copy-rs-start-'))
  try {
    // About as large as the original's file, and there since `npm install`.
    await main(require.resolve('typescript'), directory, signal)
  } catch (error) {
    console.error(`npm start: ${error.message}`)
    process.exitCode = 1
  } finally {
    rmSync(directory, { recursive: true })
  }
})

async function main(source, directory, signal) {
  const bytes = readFileSync(source)
  console.log(`${source}, ${sizeText(bytes.length)}, to ${directory}: zero-copy-rs bench --quick`)
  const bar = runBar(process.stderr)
  const options = { file: source, where: directory, quick: true, signal, onProgress: bar?.onProgress }
  const result = await benchmark(options).finally(bar?.stop)
  console.log(`\n${benchText(result)}`)
  console.log('\nThe receipts of the last copies:')
  for (const text of copyTexts(result)) console.log(`\n${text}`)

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
    '\nREADME.md goes on from here; the experiment itself, and its page: node dist/cli.js bench --out result',
  )
}

/** Of each strategy the last, which had the largest buffer, or why there is none. */
function copyTexts({ options, rows, samples }) {
  return options.strategies.map((strategy) => {
    const last = rows.findLastIndex((row) => row.strategy === strategy)
    const sample = samples.findLast((sample) => sample.row === last)
    return sample === undefined
      ? `${strategy}: ${rows[last].unavailable}`
      : receiptOf(strategy, sample.report)
  })
}

/** The receipt of a send by this strategy, or why there can be none. */
function sendText(strategy, report) {
  if (!(report instanceof Error)) return receiptOf(strategy, report)
  return `${strategy}: ${report.attempts.map(outcomeText).join('; ') || report.message}`
}

function receiptOf(strategy, report) {
  return receipt(report, strategy === 'auto' ? [['chosen by', 'auto']] : [])
}
