// Programs that npm's packages carry, put into a directory of ours: they are no devDependencies, who only builds
// doesn't download them.

import { execFileSync } from 'node:child_process'
import { runQuietly } from './command.mjs'

const supported = ['x64', 'arm64']

/** Installs `packages` under `prefix` unless every one of `programs` is there: null, or why they aren't. */
export async function install(prefix, packages, programs) {
  if (programs.every(isThere)) return null
  const { platform, arch } = process
  if (platform !== 'linux' || !supported.includes(arch)) return `no binary for ${platform} ${arch}`
  console.log(`installing ${packages.join(', ')} into ${prefix}`)
  const flags = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', prefix]
  const { reason } = await runQuietly('npm', ['install', ...flags, ...packages], { timeoutMs: 300_000 })
  return reason ?? (programs.every(isThere) ? null : 'the packages hold another version')
}

/** Whether it says that it is this version. */
function isThere({ path, version }) {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).split(/\s/).includes(version)
  } catch {
    return false
  }
}
