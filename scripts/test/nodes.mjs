// The Node versions that the jest suite runs on, from npm's packages of Node's own binaries.

import { join } from 'node:path'
import { install } from './from-npm.mjs'

const versions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }
const prefix = '.cache/nodes'

/** Every supported major but the running one: `{ nodes: [{ name, path }], skips }`. */
export async function installNodes() {
  const running = process.versions.node.split('.')[0]
  const others = Object.keys(versions).filter((major) => major !== running)
  const packages = others.map((major) => `node${major}@npm:node-linux-${process.arch}@${versions[major]}`)
  const programs = others.map((major) => ({ path: binary(major), version: `v${versions[major]}` }))
  const reason = await install(prefix, packages, programs)
  if (reason !== null) {
    return { nodes: [], skips: others.map((major) => `jest on Node ${major}: ${reason}`) }
  }
  return {
    nodes: others.map((major) => ({ name: `Node ${versions[major]}`, path: binary(major) })),
    skips: [],
  }
}

function binary(major) {
  return join(process.cwd(), prefix, 'node_modules', `node${major}`, 'bin', 'node')
}
