/** Bun and Deno, where the runner has installed them. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Ended, ended, root, said } from './child'

const installed = join(root, '.cache', 'runtimes', 'node_modules')

/** `line` starts it with a script. */
const RUNTIMES = [
  { name: 'Bun', program: join(installed, 'bun', 'bin', 'bun'), line: [] },
  {
    name: 'Deno',
    program: join(installed, 'deno', 'deno'),
    line: ['run', '--allow-all', '--no-lock', '--quiet'],
  },
] as const

export const missing = RUNTIMES.filter(({ program }) => !existsSync(program)).map(({ name }) => name)

export type RuntimeName = (typeof RUNTIMES)[number]['name']

export class Runtime {
  private scripts = 0
  private readonly program: readonly string[]

  constructor(
    readonly name: RuntimeName,
    private readonly directory: string,
    /** Before every script. */
    private readonly prelude: string,
  ) {
    const { program, line } = RUNTIMES.find((each) => each.name === name) as (typeof RUNTIMES)[number]
    this.program = [program, ...line]
    mkdirSync(directory)
  }

  /** The script of this body, the inside of an async function, for this or a worker thread. */
  script(body: string): string {
    const path = join(this.directory, `${++this.scripts}.cjs`)
    writeFileSync(path, `${this.prelude};(async () => {${body}\n})()`)
    return path
  }

  /** Runs it to its end. Its caches are in the tests' own directory, and it asks nobody for news. */
  run(body: string, args: readonly string[], command: readonly string[] = []): Promise<Ended> {
    const { directory } = this
    const env = {
      ...process.env,
      HOME: directory,
      DENO_DIR: directory,
      DENO_NO_UPDATE_CHECK: '1',
      DO_NOT_TRACK: '1',
    }
    return ended([...command, ...this.program, this.script(body), ...args], env, directory)
  }

  /** What it said, line by line; it must end by itself and complain of nothing. */
  async said<T = unknown>(
    body: string,
    args: readonly string[],
    command: readonly string[] = [],
  ): Promise<T[]> {
    const child = await this.run(body, args, command)
    if (child.status !== 0 || child.stderr !== '') throw new Error(inspect(child))
    return said(child)
  }
}
