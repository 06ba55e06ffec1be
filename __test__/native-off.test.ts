import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '..')
const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-native-off-'))
writeFileSync(join(dir, 'source'), 'source')
afterAll(() => rmSync(dir, { recursive: true }))

/** What one process without a binding says of itself and of each call. */
interface Said {
  native: boolean
  strategies: string[]
  calls: Record<
    'copyFile' | 'copyFileSync' | 'probe',
    { name: string; code: string; message: string; cause: string }
  >
  badArgument: string
  aborted: string
  written: boolean
}

const SCRIPT = `
  const { existsSync } = require('node:fs')
  const { copyFile, copyFileSync, native, probe, strategies, ZeroCopyError } = require(process.argv[1])
  const [from, to] = ['source', 'to']
  const said = (error) => ({
    name: error.name, code: error.code, message: error.message, cause: error.cause?.message,
    path: error.path, dest: error.dest, bytes: error.bytes, attempts: error.attempts, call: error.call,
    strategy: error.strategy, ours: error instanceof ZeroCopyError, caller: /main/.test(error.stack),
  })
  async function main() {
    const calls = {}
    await copyFile(from, to).catch((error) => { calls.copyFile = said(error) })
    await probe('.').catch((error) => { calls.probe = said(error) })
    try { copyFileSync(from, to) } catch (error) { calls.copyFileSync = said(error) }
    const badArgument = await copyFile(from, to, { offset: -1 }).catch((error) => error.code)
    const aborted = await copyFile(from, to, { signal: AbortSignal.abort() }).catch((error) => error.code)
    console.log(JSON.stringify({ native, strategies, calls, badArgument, aborted, written: existsSync(to) }))
  }
  main()`

function said(packageDir: string, env: Record<string, string>): Said {
  const child = spawnSync(process.execPath, ['-e', SCRIPT, packageDir], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  expect(child).toMatchObject({ stderr: '', status: 0 })
  return JSON.parse(child.stdout)
}

function expectUnavailable(all: Said, reason: RegExp) {
  expect(all).toMatchObject({
    native: false,
    badArgument: 'ERR_OUT_OF_RANGE',
    aborted: 'ABORT_ERR',
    written: false,
  })
  expect(all.strategies).toContain('sendfile')
  const { copyFile, copyFileSync, probe } = all.calls
  for (const error of [copyFile, copyFileSync, probe]) {
    expect(error).toMatchObject({
      name: 'ZeroCopyError',
      code: 'ERR_STRATEGY_UNAVAILABLE',
      ours: true,
      caller: true,
      call: null,
      strategy: null,
      bytes: 0,
      attempts: [],
    })
    expect(error.message).toMatch(reason)
    expect(error.cause).toMatch(reason)
  }
  for (const error of [copyFile, copyFileSync]) {
    expect(error).toMatchObject({ path: 'source', dest: 'to' })
    expect(error.message).toMatch(
      /^ERR_STRATEGY_UNAVAILABLE: no native binding: .*, copyfile 'source' -> 'to'$/s,
    )
  }
  expect(probe.message).toMatch(/, probe '\.'$/)
}

test('ZERO_COPY_RS_NATIVE=0 switches the binding off', () => {
  expectUnavailable(said(root, { ZERO_COPY_RS_NATIVE: '0' }), /ZERO_COPY_RS_NATIVE=0 switches it off/)
})

test('another value of ZERO_COPY_RS_NATIVE does not', () => {
  expect(said(root, { ZERO_COPY_RS_NATIVE: '1' })).toMatchObject({ native: true, calls: {}, written: true })
  rmSync(join(dir, 'to'))
})

/** The package as it is where nothing was published for the platform, or its loader is broken. */
function packageWithout(name: string, loader: string | null): string {
  const packageDir = join(dir, name)
  mkdirSync(packageDir)
  cpSync(join(root, 'package.json'), join(packageDir, 'package.json'))
  cpSync(join(root, 'dist'), join(packageDir, 'dist'), { recursive: true })
  if (loader !== null) {
    mkdirSync(join(packageDir, 'native'))
    writeFileSync(join(packageDir, 'native', 'binding.js'), loader)
  }
  return packageDir
}

test('without the loader, the reason is that it is not there', () => {
  expectUnavailable(said(packageWithout('bare', null), {}), /Cannot find module '.*native\/binding\.js'/)
})

test('a binary that will not load is the reason, not those that were not there', () => {
  const loader = `
    const absent = new Error("Cannot find module './zero-copy-rs.node'\\nRequire stack:")
    absent.cause = new Error("/lib/libc.so.6: version 'GLIBC_2.99' not found")
    throw new Error('Cannot find native binding. Try again.', { cause: absent })`
  expectUnavailable(
    said(packageWithout('broken', loader), {}),
    /\/lib\/libc\.so\.6: version 'GLIBC_2\.99' not found/,
  )
})

test("without a binary, the generated loader's words are the reason", () => {
  const packageDir = packageWithout('binaryless', null)
  mkdirSync(join(packageDir, 'native'))
  cpSync(join(root, 'native', 'binding.js'), join(packageDir, 'native', 'binding.js'))
  expectUnavailable(said(packageDir, {}), /native binding/)
})

test('the ES module says the same', () => {
  const script = `import { native, copyFile } from ${JSON.stringify(join(root, 'dist', 'index.mjs'))}
    console.log(native, await copyFile('source', 'to').catch((error) => error.code))`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, ZERO_COPY_RS_NATIVE: '0' },
  })
  expect(child).toMatchObject({ stdout: 'false ERR_STRATEGY_UNAVAILABLE\n', stderr: '', status: 0 })
})
