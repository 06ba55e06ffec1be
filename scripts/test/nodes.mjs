// The Node versions that the jest suite runs on, from npm's packages of Node's own binaries.
// They are no devDependencies: who only builds doesn't download them.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { runQuietly } from './command.mjs'

const versions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }
const prefix = '.cache/nodes'

/** Every supported major but the running one: `{ nodes: [{ name, path }], skips }`. */
export async function installNodes() {
  const running = process.versions.node.split('.')[0]
  const others = Object.keys(versions).filter((major) => major !== running)
  if (!others.every(isThere)) {
    const reason = await install(others)
    if (reason !== null)
      return { nodes: [], skips: others.map((major) => `jest on Node ${major}: ${reason}`) }
  }
  return {
    nodes: others.map((major) => ({ name: `Node ${versions[major]}`, path: binary(major) })),
    skips: [],
  }
}

async function install(majors) {
  const { platform, arch } = process
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) return `no binary for ${platform} ${arch}`
  console.log(`installing Node ${majors.join(', ')} into ${prefix}`)
  const packages = majors.map((major) => `node${major}@npm:node-linux-${arch}@${versions[major]}`)
  const flags = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', prefix]
  const { reason } = await runQuietly('npm', ['install', ...flags, ...packages], { timeoutMs: 300_000 })
  return reason ?? (majors.every(isThere) ? null : 'the packages hold another version')
}

function binary(major) {
  return join(process.cwd(), prefix, 'node_modules', `node${major}`, 'bin', 'node')
}

function isThere(major) {
  try {
    return execFileSync(binary(major), ['--version'], { encoding: 'utf8' }).trim() === `v${versions[major]}`
  } catch {
    return false
  }
}
