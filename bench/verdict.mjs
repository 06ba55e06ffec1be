// What several runs of one table say together: a single run of a noisy machine decides nothing.
//
//     node bench/verdict.mjs TABLE [DIRECTORY OF RECORDS]

import { machines, recordsOf, together } from './kept.mjs'
import { goalText, tableOf, valueText } from './print.mjs'
import { isMet } from './row.mjs'

const [table, folder] = process.argv.slice(2)
const found = (folder === undefined ? machines() : [folder]).map((each) => [each, recordsOf(each, table)])
const kept = found.filter(([, records]) => records.length > 0)
for (const [each, records] of kept) print(each, records)
if (kept.length === 0) {
  console.error(`verdict: no records of ${table ?? 'a table: none was named'}`)
  process.exitCode = 2
}

function print(directory, records) {
  const { machine, cpu, kernel } = records[0]
  console.log(`${machine}: ${cpu}, ${kernel}, ${records.length} runs in ${directory.split('/').at(-1)}`)
  const head = ['work', 'metric', 'where', 'compared', 'runs', 'their median', 'goal', '']
  console.log(tableOf(head, together(records).map(lineOf)))
}

function lineOf(row) {
  const { work, metric, place, compared, runs, value } = row
  const values = runs.map((run) => valueText(run, run.value)).join(', ')
  return [work, metric, place, compared, values, valueText(row, value), goalText(row), verdict(row)]
}

function verdict({ goal, value, runs }) {
  if (goal === null) return ''
  const met = runs.filter((run) => run.met).length
  return `${isMet({ goal, value }) ? 'met' : 'NOT MET'} (${met} of ${runs.length} runs)`
}
