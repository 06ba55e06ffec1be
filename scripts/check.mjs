// `npm run check`: everything about the sources that needs no running of them. Runs every step, prints the output
// of those that fail, and names them at the end.

import { join } from 'node:path'
import { coreWithoutNode } from './check/core-without-node.mjs'
import { generatedFiles } from './check/generated-files.mjs'
import { longFiles } from './check/long-files.mjs'
import { registryHosts } from './check/registry-hosts.mjs'
import { complaintsOf } from './check/run.mjs'
import { workflows } from './check/workflows.mjs'

process.chdir(join(import.meta.dirname, '..'))

// First what makes the files that others look at. A step is a command, or a function that answers its complaints.
const steps = {
  'generated files': generatedFiles,
  'cargo fmt': ['cargo', 'fmt', '--all', '--check'],
  'cargo clippy': clippy('--workspace', '--all-targets', '--all-features'),
  'cargo clippy, no features': clippy('--workspace'),
  'cargo doc': [
    'env',
    'RUSTDOCFLAGS=-D warnings',
    'cargo',
    'doc',
    '--locked',
    '--no-deps',
    '-p',
    'zero-copy-rs',
  ],
  'core without Node': coreWithoutNode,
  biome: ['biome', 'ci', '--colors=off', '.'],
  tsc: ['tsc', '--noEmit'],
  publint: ['publint', '--strict'],
  workflows,
  'figures from the records': ['node', 'bench/compare.mjs', '--check'],
  'shell syntax': ['bash', '-n', '.ci/run'],
  'long files': longFiles,
  'registry hosts': registryHosts,
}

const failed = []
for (const [name, step] of Object.entries(steps)) {
  const started = performance.now()
  const complaints = Array.isArray(step) ? complaintsOf(...step) : await step()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (complaints.length === 0) continue
  failed.push(name)
  if (Array.isArray(step)) console.log(`$ ${step.join(' ')}`)
  console.log(complaints.join('\n'))
}
console.log(failed.length === 0 ? 'check: all passed' : `check: FAILED ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

function clippy(...selection) {
  return ['cargo', 'clippy', '--locked', '--quiet', ...selection, '--', '-D', 'warnings']
}
