// Bundles lib/bench-page/ and the packages that draw its charts into one file, which the command line loads when a
// benchmark is to be written down. So neither the library nor another command reads it, and nothing is installed for it.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const outfile = 'dist/lib/bench-page/index.js'

export async function bundlePage() {
  const { metafile } = await build({
    entryPoints: ['lib/bench-page/index.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.17',
    format: 'cjs',
    minify: true,
    // Their licences stand beside it, whole.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  writeFileSync(`${outfile}.LICENSES.txt`, licencesOf(Object.keys(metafile.inputs)))
}

function licencesOf(inputs) {
  const packages = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  )
  return [...packages].sort().map(licenceOf).join('\n')
}

function licenceOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return `${name} ${version}, ${license}\n\n${readFileSync(join(directory, 'LICENSE'), 'utf8')}`
}
