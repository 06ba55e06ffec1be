// Draws the diagrams of docs/: `node scripts/docs/diagrams.mjs`, after a change of paths.mjs or draw.mjs.
// With --check it writes nothing, and names the files that are not what would be drawn.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawn } from './draw.mjs'
import { paths } from './paths.mjs'

const directory = join(import.meta.dirname, '..', '..', 'docs', 'diagrams')
const wanted = new Map(paths.map((path) => [`${path.name}.svg`, drawn(path)]))
const found = existsSync(directory) ? readdirSync(directory) : []
const foreign = found.filter((name) => !wanted.has(name))

if (process.argv.includes('--check')) {
  const stale = [...wanted].filter(([name, text]) => !found.includes(name) || textOf(name) !== text)
  for (const name of [...stale.map(([name]) => name), ...foreign]) console.error(`docs/diagrams/${name}`)
  process.exitCode = stale.length + foreign.length === 0 ? 0 : 1
} else {
  mkdirSync(directory, { recursive: true })
  for (const [name, text] of wanted) writeFileSync(join(directory, name), text)
  for (const name of foreign) rmSync(join(directory, name))
}

function textOf(name) {
  return readFileSync(join(directory, name), 'utf8')
}
