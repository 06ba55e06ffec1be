// Bundles cli/ and the packages it uses into dist/cli.js, so that installing zero-copy-rs installs nothing else.
// The library itself stays outside the bundle: a second copy would load the native module and its workers twice.

import { existsSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'

const cli = resolve('cli') + sep

const libraryStaysOutside = {
  name: 'library-stays-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?(\/|$)/ }, ({ importer, resolveDir, path }) => {
      if (!importer.startsWith(cli)) return null
      const target = resolve(resolveDir, path)
      if (target.startsWith(cli) || target.endsWith('.json')) return null
      return { external: true, path: builtPathOf(target) }
    })
  },
}

/** `<root>/lib/x` or `<root>/lib/x.js`, as a source names it, is `./lib/x.js` seen from dist/cli.js. */
function builtPathOf(target) {
  const source = [target.replace(/\.js$/, ''), resolve(target, 'index')].find((name) =>
    existsSync(`${name}.ts`),
  )
  if (source === undefined) throw new Error(`cli/ imports ${target}, which is no source of the library`)
  return `./${relative(dirname(cli), source).split(sep).join('/')}.js`
}

export async function bundleCli() {
  await build({
    entryPoints: ['cli/main.ts'],
    outfile: 'dist/cli.js',
    bundle: true,
    platform: 'node',
    target: 'node20.17',
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
    // What commander and the others ask for is kept with them.
    legalComments: 'eof',
    plugins: [libraryStaysOutside],
    logLevel: 'warning',
  })
}
