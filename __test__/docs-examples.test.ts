// @once
// The examples of docs/ print what the pages say.

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pages, settled } from './docs-page'
import { at, withMounts } from './docs-places'
import { random } from './support/bytes'
import { ended, root } from './support/child'
import { isInstalled, skip } from './support/skip'

jest.setTimeout(60_000)

const SIZE = 10 << 20

withMounts('the examples', () => {
  /** A directory as a reader has it: the package is installed, and there is a file. */
  function workplace(place: string): string {
    const directory = at(place, 'work')
    if (existsSync(directory)) return directory
    const program = join(directory, 'node_modules', '.bin', 'zero-copy-rs')
    mkdirSync(dirname(program), { recursive: true })
    symlinkSync(root, join(directory, 'node_modules', 'zero-copy-rs'))
    writeFileSync(program, `#!/bin/sh\nexec node "${join(root, 'dist', 'cli.js')}" "$@"\n`)
    chmodSync(program, 0o755)
    writeFileSync(join(directory, 'source'), random(4, SIZE))
    execFileSync('sync', ['-f', directory])
    return directory
  }
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    npm_config_update_notifier: 'false',
  }
  const all = pages.flatMap((each) =>
    each.examples().map((example, i) => [each.name, i + 1, example] as const),
  )

  for (const [name, number, { where, command, printed }] of all) {
    const missing = ['strace', 'fincore'].find(
      (program) => command.includes(program) && !isInstalled(program),
    )
    if (missing !== undefined) {
      skip(`docs: example ${number} of ${name}`, `${missing} is not installed`)
      continue
    }
    test(`${name}, example ${number}, prints what the page says`, async () => {
      const { status, stdout } = await ended(['sh', '-c', command], env, workplace(where))
      expect(status).toBe(0)
      expect(settled(stdout)).toBe(settled(printed))
      expect(printed).not.toBe('')
    })
  }
})
