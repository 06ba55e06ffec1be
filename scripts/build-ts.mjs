// `npm run build:ts`: dist/ from index.ts, lib/ and cli/. The native module is not needed for it.

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bundleCli } from './bundle-cli.mjs'
import { bundlePage } from './bundle-page.mjs'
import { writeEsmFace } from './esm.mjs'

process.chdir(join(import.meta.dirname, '..'))

// A file that no source makes any more must not be published.
rmSync('dist', { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
await bundleCli()
await bundlePage()
writeEsmFace()
