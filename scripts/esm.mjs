// Writes the ES-module face of the package. It re-exports the CommonJS build, so that a program which both
// imports and requires the package has one native module and one copy of its state.

import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export function writeEsmFace() {
  const names = Object.keys(createRequire(import.meta.url)('../dist/index.js')).sort()
  writeFileSync(
    'dist/index.mjs',
    `import cjs from './index.js'\n\nexport const { ${names.join(', ')} } = cjs\n`,
  )
  writeFileSync('dist/index.d.mts', "export * from './index.js'\n")
}
