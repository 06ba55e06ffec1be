// Bun and Deno, from the npm packages that hold their binaries alone: `bun` and `deno` link these by install scripts.
// __test__/support/runtimes.ts looks for them here.

import { join } from 'node:path'
import { install } from './from-npm.mjs'

const prefix = '.cache/runtimes'
const { arch } = process

const runtimes = [
  {
    package: `bun@npm:@oven/bun-linux-${arch === 'arm64' ? 'aarch64' : arch}`,
    version: '1.4.5',
    path: 'bun/bin/bun',
  },
  { package: `deno@npm:@deno/linux-${arch}-glibc`, version: '2.9.6', path: 'deno/deno' },
]

/** Answers the skips. */
export async function installRuntimes() {
  const packages = runtimes.map(({ package: name, version }) => `${name}@${version}`)
  const programs = runtimes.map(({ path, version }) => ({
    path: join(process.cwd(), prefix, 'node_modules', path),
    version,
  }))
  const reason = await install(prefix, packages, programs)
  return reason === null ? [] : [`Bun and Deno: ${reason}`]
}
