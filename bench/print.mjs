// The table, on the terminal.

import Table from 'cli-table3'

const head = ['work', 'where', 'side', 'median', 'p10 to p90', 'compared', 'rounds', 'goal', '']
const plain = { head: [], border: [] }

export function print(rows, warnings) {
  const table = new Table({ head, style: plain })
  for (const row of rows) {
    const [[first, ours], [second, theirs]] = Object.entries(row.sides)
    table.push(
      [
        row.work,
        row.place,
        first,
        time(ours.median),
        span(ours, time),
        value(row, row.value),
        span(row.perRound, (n) => value(row, n)),
        goal(row),
        verdict(row),
      ],
      [row.metric, '', second, time(theirs.median), span(theirs, time), row.compared, '', '', ''],
    )
  }
  console.log(table.toString())
  for (const warning of warnings) console.log(`warning: ${warning}`)
}

function span({ p10, p90 }, format) {
  return `${format(p10)} to ${format(p90)}`
}

function value({ unit }, number) {
  if (unit === 'ns') return time(number)
  return number >= 10 ? number.toFixed(1) : number.toFixed(3)
}

function goal({ goal, unit }) {
  if (goal === null) return ''
  const [[word, number]] = Object.entries(goal)
  return `${word === 'atMost' ? '<=' : '>='} ${unit === 'ns' ? time(number) : number}`
}

function verdict({ met }) {
  return met === null ? '' : met ? 'met' : 'NOT MET'
}

function time(ns) {
  const size = Math.abs(ns)
  if (size >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`
  return size >= 1e3 ? `${(ns / 1e3).toFixed(2)} us` : `${ns.toFixed(0)} ns`
}
