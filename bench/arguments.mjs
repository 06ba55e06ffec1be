// What was asked for on the command line.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const tables = readdirSync(join(import.meta.dirname, 'tables')).map((file) => file.replace('.mjs', ''))

const usage = `usage: node bench/run.mjs ${tables.join('|')} [--rounds N] [--where DIR] [--records DIR]
  --rounds N      of each side, instead of the table's own number
  --where DIR     in this directory alone, instead of on fresh file systems
  --records DIR   where the record is kept, instead of bench/records/<machine>`

/** Null: something was wrong, and it has been said. */
export function asked(words) {
  try {
    return read(words)
  } catch (error) {
    console.error(`bench: ${error.message}\n${usage}`)
    return null
  }
}

function read(words) {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { rounds: { type: 'string' }, where: { type: 'string' }, records: { type: 'string' } },
  })
  const [name, ...more] = positionals
  if (!tables.includes(name) || more.length > 0)
    throw new Error(`no table: ${positionals.join(' ') || 'none named'}`)
  const rounds = values.rounds === undefined ? null : Number(values.rounds)
  if (rounds !== null && !(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`no number: ${values.rounds}`)
  const where = values.where === undefined ? null : resolve(values.where)
  if (where !== null && !(existsSync(where) && statSync(where).isDirectory())) {
    throw new Error(`no directory: ${values.where}`)
  }
  return { name, rounds, where, records: values.records === undefined ? null : resolve(values.records) }
}
