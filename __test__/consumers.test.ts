// @once
// The package as its users get it: packed, installed into a folder of its own, and used from there.

import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { ended, root } from './support/child'
import { scratch } from './support/place'

jest.setTimeout(120_000)

const directory = scratch('consumers')
const at = (...names: string[]) => join(directory, ...names)
const bare = scratch('consumers-bare')
const installed = (...names: string[]) => at('node_modules', 'zero-copy-rs', ...names)

interface Packed {
  filename: string
  files: { path: string }[]
}
let packed: Packed

/** As npm is where nobody is: no registry, no home, no questions. */
function npm(cwd: string, ...args: string[]): string {
  const env = {
    ...process.env,
    HOME: directory,
    npm_config_cache: at('cache'),
    npm_config_update_notifier: 'false',
  }
  return execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund'], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
}

const pack = (from: string): Packed =>
  JSON.parse(npm(from, 'pack', '--json', '--pack-destination', directory))[0]

beforeAll(() => {
  // The binary is in a package of its own, which the release fills.
  const binary = readdirSync(join(root, 'native')).find((name) => name.endsWith('.node')) as string
  const platform = binary.split('.')[1] as string
  cpSync(join(root, 'npm', platform), at('platform'), { recursive: true })
  copyFileSync(join(root, 'native', binary), at('platform', binary))

  packed = pack(root)
  writeFileSync(at('package.json'), '{ "name": "consumer", "private": true }')
  npm(directory, 'install', `./${packed.filename}`, `./${pack(at('platform')).filename}`)
  writeFileSync(at('source'), 'content')
})

/** Runs Node there, as it is started by hand. */
async function node(...args: string[]): Promise<string> {
  const end = await ended([process.execPath, ...args], process.env, directory)
  expect(end).toMatchObject({ status: 0, signal: null, stderr: '' })
  return end.stdout
}

test('the package has what it needs, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path)
  for (const path of [
    'dist/index.js',
    'dist/index.mjs',
    'dist/index.d.ts',
    'dist/index.d.mts',
    'dist/cli.js',
  ]) {
    expect(paths).toContain(path)
  }
  expect(paths.filter((path) => !/^(dist|native)\/|^(package\.json|README\.md|LICENSE)$/.test(path))).toEqual(
    [],
  )
  expect(paths.filter((path) => /\.(node|rs|map)$|test/.test(path))).toEqual([])
  const { dependencies, scripts } = JSON.parse(readFileSync(installed('package.json'), 'utf8'))
  expect(dependencies).toBeUndefined()
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
    expect(scripts?.[script]).toBeUndefined()
  expect(readdirSync(at('node_modules')).filter((name) => !name.startsWith('.'))).toHaveLength(2)
})

const USE = `
  console.log(native, typeof ZeroCopyError, strategies.length)
  copyFile('source', 'to').then(({ bytes }) => console.log(bytes))
  console.log(copyFileSync('source', 'to-sync').bytes)`
const NAMES = '{ copyFile, copyFileSync, native, strategies, ZeroCopyError }'
const SAID = 'true function 8\n7\n7\n'

test('require', async () => {
  writeFileSync(at('use.cjs'), `const ${NAMES} = require('zero-copy-rs')${USE}`)
  expect(await node('use.cjs')).toBe(SAID)
  expect(readFileSync(at('to'), 'utf8')).toBe('content')
})

test('import', async () => {
  writeFileSync(at('use.mjs'), `import ${NAMES} from 'zero-copy-rs'${USE}`)
  expect(await node('use.mjs')).toBe(SAID)
})

test('import() and require in one program give the same', async () => {
  const script = `import('zero-copy-rs').then((esm) => {
    const cjs = require('zero-copy-rs')
    console.log(Object.keys(cjs).every((name) => cjs[name] === esm[name]), Object.keys(cjs).length)
  })`
  expect(await node('-e', script)).toMatch(/^true \d+\n$/)
})

test('node -e', async () => {
  expect(await node('-e', `const ${NAMES} = require('zero-copy-rs')${USE}`)).toBe(SAID)
  expect(await node('--input-type=module', '-e', `import ${NAMES} from 'zero-copy-rs'${USE}`)).toBe(SAID)
})

test('what is not exported cannot be had', async () => {
  const script = `for (const path of ['dist/lib/binding', 'native/binding.js', 'lib/copy']) {
    try { require('zero-copy-rs/' + path); console.log(path) } catch ({ code }) { console.log(code) }
  }
  console.log(require('zero-copy-rs/package.json').name)`
  expect(await node('-e', script)).toBe(`${'ERR_PACKAGE_PATH_NOT_EXPORTED\n'.repeat(3)}zero-copy-rs\n`)
})

test('the command line', async () => {
  const end = await ended(
    [at('node_modules', '.bin', 'zero-copy-rs'), 'copy', 'source', 'by-cli', '--json'],
    process.env,
    directory,
  )
  expect(end).toMatchObject({ status: 0, stderr: '' })
  expect(JSON.parse(end.stdout)).toMatchObject({ bytes: 7 })
})

test('without the package of its platform, it loads and says so', async () => {
  mkdirSync(join(bare, 'node_modules'))
  cpSync(installed(), join(bare, 'node_modules', 'zero-copy-rs'), { recursive: true })
  const script = `const { native, copyFile } = require('zero-copy-rs')
    copyFile('source', 'to').catch(({ code, message }) => console.log(native, code, /native binding/.test(message)))`
  const end = await ended([process.execPath, '-e', script], process.env, bare)
  expect(end).toMatchObject({ status: 0, stderr: '', stdout: 'false ERR_STRATEGY_UNAVAILABLE true\n' })
})

/** Every export, as a user of types writes it; what must be refused is refused. */
const TYPED = `
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import {
  type Attempt, type Capabilities, type CopyOptions, copyFile, copyFileSync, native, type Progress, probe, strategies,
  type Strategy, type TransferOptions, type TransferReport, ZeroCopyError,
} from 'zero-copy-rs'

export async function use(): Promise<TransferReport> {
  const options: CopyOptions = {
    strategy: ['reflink', 'sendfile'], offset: 0, length: 7, reflink: 'auto', overwrite: true, atomic: 'auto',
    signal: AbortSignal.timeout(10), onProgress: ({ bytes, total }: Progress) => console.log(bytes, total),
  }
  const transfer: TransferOptions = { strategy: 'auto', bufferSize: 64, threads: 'auto' }
  const handle = await open('source')
  await copyFile(handle, Buffer.from('to'), { ...transfer, signal: undefined })
  await copyFile(handle.fd, new URL('file:///to'), constants.COPYFILE_EXCL)
  const report: TransferReport = await copyFile('source', 'to', options)
  const { strategy, bytes, cpuCopies, attempts }: TransferReport = copyFileSync('source', 'to', { bufferSize: 64 })
  const first: Attempt | undefined = attempts[0]
  const name: Strategy | null = strategy
  const all: readonly Strategy[] = strategies
  const can: Capabilities = await probe('/')
  const count: number | null = cpuCopies.count
  if (can.path !== null) console.log(can.path.fileSystem, can.strategies.sendfile.available)
  console.log(name, bytes, first?.outcome, all, native satisfies boolean, count)
  try {
    // @ts-expect-error a strategy that there is not
    copyFileSync('source', 'to', { strategy: 'teleport' })
    // @ts-expect-error nobody could act on it
    copyFileSync('source', 'to', { signal: AbortSignal.timeout(10) })
    // @ts-expect-error no destination
    await copyFile('source')
    // @ts-expect-error a FileHandle is for the asynchronous form
    copyFileSync(handle, 'to')
  } catch (error) {
    if (error instanceof ZeroCopyError) console.log(error.code, error.errno, error.call, error.attempts.length)
  }
  return report
}
`

test('TypeScript, as an ES module and as CommonJS', async () => {
  for (const extension of ['mts', 'cts', 'ts']) writeFileSync(at(`typed.${extension}`), TYPED)
  symlinkSync(join(root, 'node_modules', '@types'), at('node_modules', '@types'))
  const options = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
  ]
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const end = await ended(
    [process.execPath, tsc, ...options, 'typed.mts', 'typed.cts', 'typed.ts'],
    process.env,
    directory,
  )
  expect(end).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
})
