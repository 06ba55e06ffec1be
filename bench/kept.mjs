// The records that are kept, and what several runs of a table say together.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from './statistics.mjs'

const root = join(import.meta.dirname, 'records')
const NAME = /^\d{4}-\d\d-\d\d-(.+)-\d+\.json$/

/** The directories of the machines that were measured on. */
export function machines() {
  return readdirSync(root).map((machine) => join(root, machine))
}

/** The records of a table, by date and number. */
export function recordsOf(directory, table) {
  const files = readdirSync(directory).filter((file) => NAME.exec(file)?.[1] === table)
  const inOrder = files.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return inOrder.map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')))
}

/** The tables that there are records of. */
export function tablesIn(directory) {
  const tables = readdirSync(directory).flatMap((file) => NAME.exec(file)?.[1] ?? [])
  return [...new Set(tables)]
}

/**
 * Rows that are in every record (an older one may lack what the table has gained): the last record's, with `value` the
 * median of the runs, and the `runs` themselves.
 */
export function together(records) {
  const key = ({ work, metric, place, compared }) => [work, metric, place, compared].join('|')
  return records.at(-1).rows.flatMap((row) => {
    const runs = records.map(({ rows }) => rows.find((each) => key(each) === key(row)))
    if (runs.includes(undefined)) return []
    return [{ ...row, value: median(runs.map((run) => run.value)), runs }]
  })
}
