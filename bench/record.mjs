// Keeps a run: every raw sample, what follows from them, and on what they were measured.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Answers the new file's path. A record is never written over. */
export function save(directory, { table, about, rows }) {
  const { machine } = about
  const folder = directory ?? join('bench', 'records', machine)
  mkdirSync(folder, { recursive: true })
  const date = new Date().toISOString().slice(0, 10)
  let n = 1
  while (existsSync(join(folder, `${date}-${table}-${n}.json`))) n++
  const path = join(folder, `${date}-${table}-${n}.json`)
  const record = { format: 1, table, command: command(), date, ...about, rows }
  writeFileSync(path, `${text(record)}\n`, { flag: 'wx' })
  return relative(process.cwd(), path)
}

/** As it was given, without the paths of this machine. */
function command() {
  const words = process.argv.slice(2)
  const shown = words.map((word, i) => (['--where', '--records'].includes(words[i - 1]) ? 'DIR' : word))
  return ['node bench/run.mjs', ...shown].join(' ').replace(/(--(?:where|records)=)\S+/g, '$1DIR')
}

/** A list of numbers stands on one line. */
function text(record) {
  const lists = /\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g
  return JSON.stringify(record, shortened, 2).replace(lists, (_, list) => `[${list.replace(/\s+/g, ' ')}]`)
}

/** Nothing was measured to so many digits. */
function shortened(_, value) {
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value
}
