// Tables on the terminal.

import Table from 'cli-table3'

/** A row is two lines: ours and theirs. */
export function print(rows, warnings) {
  const head = [
    'work',
    'where',
    'side',
    'median',
    'p10 to p90',
    'compared',
    'a round: p10 to p90',
    'goal',
    '',
  ]
  console.log(tableOf(head, rows.map(linesOf)))
  for (const warning of warnings) console.log(`warning: ${warning}`)
}

export function tableOf(head, lines) {
  const table = new Table({ head, style: { head: [], border: [] } })
  table.push(...lines)
  return table.toString()
}

function linesOf(row) {
  const sides = Object.values(row.sides)
  const perRound = span(row.perRound, (number) => valueText(row, number))
  const met = row.met === null ? '' : row.met ? 'met' : 'NOT MET'
  return [
    `${row.work}\n${row.metric}`,
    row.place,
    Object.keys(row.sides).join('\n'),
    sides.map(({ median }) => sampleText(row, median)).join('\n'),
    sides.map((side) => span(side, (number) => sampleText(row, number))).join('\n'),
    `${valueText(row, row.value)}\n${row.compared}`,
    perRound,
    goalText(row),
    met,
  ]
}

function span({ p10, p90 }, format) {
  return `${format(p10)} to ${format(p90)}`
}

export function valueText({ unit }, number) {
  if (unit === 'ns') return time(number)
  return unit === 'ratio' ? plain(number) : `${plain(number)} ${unit}`
}

/** What is compared as a ratio are times. */
function sampleText({ unit }, number) {
  return unit === 'ratio' ? time(number) : valueText({ unit }, number)
}

function plain(number) {
  return number >= 10 ? number.toFixed(1) : number.toFixed(3)
}

export function goalText({ goal, unit }) {
  if (goal === null) return ''
  const [[word, number]] = Object.entries(goal)
  const text = unit === 'ns' ? time(number) : unit === 'ratio' ? number : `${number} ${unit}`
  return `${word === 'atMost' ? '<=' : '>='} ${text}`
}

function time(ns) {
  const size = Math.abs(ns)
  if (size >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`
  return size >= 1e3 ? `${(ns / 1e3).toFixed(2)} us` : `${ns.toFixed(0)} ns`
}
