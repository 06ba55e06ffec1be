// What several runs of one table say together: a single run of a noisy machine decides nothing.
//
//     node bench/verdict.mjs TABLE [DIRECTORY OF RECORDS]

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { goalText, tableOf, valueText } from './print.mjs'
import { isMet } from './row.mjs'
import { median } from './statistics.mjs'

const [table, folder] = process.argv.slice(2)
const found = (folder === undefined ? machines() : [folder]).map((each) => [each, recordsOf(each)])
const kept = found.filter(([, records]) => records.length > 0)
for (const [each, records] of kept) print(each, records)
if (kept.length === 0) {
  console.error(`verdict: no records of ${table ?? 'a table: none was named'}`)
  process.exitCode = 2
}

function machines() {
  const root = join(import.meta.dirname, 'records')
  return existsSync(root) ? readdirSync(root).map((machine) => join(root, machine)) : []
}

function recordsOf(directory) {
  const name = new RegExp(`^\\d{4}-\\d\\d-\\d\\d-${table}-\\d+\\.json$`)
  const files = readdirSync(directory).filter((file) => name.test(file))
  return files.sort().map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')))
}

function print(directory, records) {
  const { machine, cpu, kernel } = records[0]
  console.log(`${machine}: ${cpu}, ${kernel}, ${records.length} runs in ${directory.split('/').at(-1)}`)
  const head = ['work', 'metric', 'where', 'compared', 'runs', 'their median', 'goal', '']
  console.log(tableOf(head, rowsOf(records)))
}

/** Rows that are in every record; an older record may lack what the table has gained. */
function rowsOf(records) {
  const key = ({ work, metric, place, compared }) => [work, metric, place, compared].join('|')
  return records[0].rows.flatMap((row) => {
    const runs = records.map(({ rows }) => rows.find((each) => key(each) === key(row)))
    if (runs.includes(undefined)) return []
    const value = median(runs.map((run) => run.value))
    const values = runs.map((run) => valueText(run, run.value)).join(', ')
    const { work, metric, place, compared } = row
    return [
      [
        work,
        metric,
        place,
        compared,
        values,
        valueText(row, value),
        goalText(row),
        verdict(row, value, runs),
      ],
    ]
  })
}

function verdict({ goal }, value, runs) {
  if (goal === null) return ''
  const met = runs.filter((run) => run.met).length
  return `${isMet({ goal, value }) ? 'met' : 'NOT MET'} (${met} of ${runs.length} runs)`
}
