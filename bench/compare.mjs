// Writes COMPARE.md, and the table of figures in README.md, from the records: no number in them is anybody's own.
//
//     node bench/compare.mjs [--check]     with --check nothing is written, and what is out of date is named

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { headlines } from './headlines.mjs'
import { machines, recordsOf, tablesIn, together } from './kept.mjs'
import { goalText, valueText } from './print.mjs'
import { isMet } from './row.mjs'

const project = join(import.meta.dirname, '..')
/** In the order in which they are to be read. */
const ORDER = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

const made = { 'COMPARE.md': compare(), 'README.md': withFigures('README.md') }
const old = Object.keys(made).filter((file) => readFileSync(join(project, file), 'utf8') !== made[file])
if (process.argv.includes('--check')) {
  for (const file of old) console.log(`${file} is not what the records say: node bench/compare.mjs`)
  process.exitCode = old.length === 0 ? 0 : 1
} else {
  for (const file of old) writeFileSync(join(project, file), made[file])
  console.log(old.length === 0 ? 'nothing to change' : `written: ${old.join(', ')}`)
}

function compare() {
  return `# How it compares

Made by \`node bench/compare.mjs\` from the records in \`bench/records/\`; not to be edited. Each row is the median of the runs
that are listed beside it. *Ahead* and *behind* are said where all runs agree and their median differs by 5 % at least, *equal*
otherwise; of costs without a peer nothing is said. What the tables measure, and how, stands in [bench/](bench/README.md).

${machines().map(ofMachine).join('\n')}`
}

function ofMachine(directory) {
  const place = (table) => ORDER.indexOf(`**\`${table}\`**`) >>> 0 // what is not found comes last
  const tables = tablesIn(directory).sort((a, b) => place(a) - place(b))
  const { machine, cpu, cores, memoryMiB, kernel, node } = recordsOf(directory, tables[0])[0]
  const about = `${cpu}, ${cores} cores, ${Math.round(memoryMiB / 1024)} GiB, ${kernel}, Node ${node}`
  return `## ${machine}

${about}. \`node bench/run.mjs TABLE\` measures a table again, \`node bench/verdict.mjs TABLE\` prints what its runs say.

${tables.map((table) => ofTable(directory, table)).join('\n')}`
}

function ofTable(directory, table) {
  const records = recordsOf(directory, table)
  const lines = together(records).map((row) => `| ${cells(row).join(' | ')} |`)
  return `### ${table}

${purpose(table)}

| work | measured | where | compared | median | runs | goal | |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}
${warnings(records)}`
}

/** The first words of the table's own file. */
function purpose(table) {
  const text = readFileSync(join(import.meta.dirname, 'tables', `${table}.mjs`), 'utf8')
  const [comment] = /^(?:\/\/ ?.*\n)+/.exec(text)
  return comment
    .replace(/^\/\/ ?/gm, '')
    .split('\n\n')[0]
    .trim()
}

function cells(row) {
  const { work, metric, place, compared, value, runs } = row
  const each = runs.map((run) => valueText(row, run.value)).join(', ')
  return [work, metric, place, compared, `**${valueText(row, value)}**`, each, goalOf(row), standing(row)]
}

function goalOf(row) {
  return row.goal === null ? '' : `${goalText(row)}: ${isMet(row) ? 'met' : 'not met'}`
}

/** The side that is named first in `sides` is ours. */
export function standing({ unit, sides, compared, value, runs }) {
  if (unit !== 'ratio') return ''
  const [ours] = Object.keys(sides)
  const gain = (ratio) => (compared.startsWith(`${ours} / `) ? 1 / ratio : ratio)
  const gains = runs.map((run) => gain(run.value))
  if (gain(value) >= 1.05 && gains.every((each) => each > 1)) return 'ahead'
  return gain(value) <= 1 / 1.05 && gains.every((each) => each < 1) ? 'behind' : 'equal'
}

function warnings(records) {
  const busy = records.filter((record) => record.warnings.length > 0)
  if (busy.length === 0) return ''
  const said = [...new Set(busy.flatMap((record) => record.warnings.map((each) => each.split(':')[0])))]
  return `\nOf ${busy.length} of the ${records.length} runs the record warns: ${said.join('; ')}.\n`
}

/** Everything between the two marks is ours. */
function withFigures(file) {
  const text = readFileSync(join(project, file), 'utf8')
  const [begin, end] = ['<!-- figures: node bench/compare.mjs -->\n', '<!-- end of figures -->']
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
  if (from < begin.length || to < from) throw new Error(`${file} has no place for the figures`)
  return `${text.slice(0, from)}${figures()}${text.slice(to)}`
}

function figures() {
  const [directory] = machines()
  const lines = headlines.map(({ table, work, metric, place, say }) => {
    const rows = together(recordsOf(directory, table))
    const row = rows.find((each) => each.work === work && each.metric === metric && each.place === place)
    if (row === undefined) throw new Error(`no row of ${table}: ${work}, ${metric}, ${place}`)
    return `| ${say.work} | ${say.against} | ${valueText(row, row.value)}${row.unit === 'ratio' ? 'x' : ''} ${say.what} |`
  })
  return `| work | against | |\n|---|---|---|\n${lines.join('\n')}\n`
}
