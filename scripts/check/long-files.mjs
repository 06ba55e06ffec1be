// A source file over 300 lines says why it is so long, in a comment: `over 300 lines: <reason>`.

import { existsSync, readFileSync } from 'node:fs'
import { run } from './run.mjs'

const limit = 300
const reason = /^\s*(\/\/|\/?\*|#).*over 300 lines: \S/m

export function longFiles() {
  const kinds = ['rs', 'ts', 'mts', 'mjs', 'cjs', 'js', 'sh'].map((extension) => `*.${extension}`)
  const list = run(
    'git',
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    ...kinds,
    ':!native',
  )
  return list.stdout
    .split('\n')
    .filter((path) => path !== '' && existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
    .map(({ path, text }) => ({ path, text, lines: text.split('\n').length - 1 }))
    .filter(({ text, lines }) => lines > limit && !reason.test(text))
    .map(({ path, lines }) => `${path} has ${lines} lines and gives no reason ("over 300 lines: …")`)
}
