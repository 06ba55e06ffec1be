// Builds what is not there, or is older than its sources: the native module and dist/.
// A fresh clone builds everything, a built one nothing.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

process.chdir(join(import.meta.dirname, '..'))

const parts = [
  {
    script: 'build:native',
    outputs: [`native/zero-copy-rs.${platform()}.node`, 'native/binding.js', 'native/binding.d.ts'],
    // package.json: the generated loader refuses a module of another version.
    sources: ['Cargo.toml', 'Cargo.lock', 'package.json', ...crateSources()],
    // The core is for Linux alone; elsewhere the package loads and says that it has no binding.
    wanted: process.platform === 'linux',
  },
  {
    script: 'build:ts',
    outputs: ['dist/index.js', 'dist/index.mjs', 'dist/cli.js', 'dist/lib/bench-page/index.js'],
    sources: ['index.ts', 'lib', 'cli', 'tsconfig.json', 'tsconfig.build.json', 'package.json'],
    wanted: true,
  },
]

for (const { script, outputs, sources, wanted } of parts) {
  const why = wanted ? reasonToBuild(outputs, sources) : null
  if (why === null) continue
  console.log(`${script}: ${why}`)
  const { status } = spawnSync('npm', ['run', '--silent', script], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

function reasonToBuild(outputs, sources) {
  const missing = outputs.find((path) => !existsSync(path))
  if (missing !== undefined) return `${missing} is missing`
  const built = Math.min(...outputs.map((path) => statSync(path).mtimeMs))
  const newer = sources.flatMap(filesUnder).find((path) => statSync(path).mtimeMs > built)
  return newer === undefined ? null : `${newer} is newer than what was built from it`
}

/** With the directories themselves: removing a file changes only these. */
function filesUnder(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return [path, ...readdirSync(path).flatMap((name) => filesUnder(join(path, name)))]
}

function crateSources() {
  return readdirSync('crates').flatMap((crate) =>
    ['src', 'build.rs', 'Cargo.toml'].map((name) => join('crates', crate, name)),
  )
}

/** The name that napi gives this platform's module. */
function platform() {
  const { platform, arch, report } = process
  if (platform !== 'linux') return `${platform}-${arch}`
  const glibc = report.getReport().header.glibcVersionRuntime !== undefined
  return `linux-${arch}-${glibc ? 'gnu' : 'musl'}`
}
