import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '..')
const dir = realpathSync(mkdtempSync(join(tmpdir(), 'zero-copy-rs-permission-')))
const at = (...names: string[]) => join(dir, ...names)
mkdirSync(at('open'))
mkdirSync(at('shut'))
writeFileSync(at('open', 'source'), 'open')
writeFileSync(at('shut', 'source'), 'shut')
writeFileSync(at('shut', 'kept'), 'kept')
afterAll(() => rmSync(dir, { recursive: true }))

const known = process.allowedNodeEnvironmentFlags
const model = ['--permission', '--experimental-permission'].find((flag) => known.has(flag)) as string

/**
 * Runs `body` in a process that may read the package and `open`, and write `open`; answers what it returns.
 */
function underModel(body: string, flags = ['--allow-addons']) {
  const script = `
    const { copyFile, copyFileSync, native, probe } = require(${JSON.stringify(root)})
    const fs = require('node:fs')
    const seen = (error) => ({ ...error, message: error.message })
    ;(async () => { ${body} })().then((said) => console.log(JSON.stringify(said)))`
  const grants = [
    `--allow-fs-read=${root}/*`,
    `--allow-fs-read=${at('open')}/*`,
    `--allow-fs-write=${at('open')}/*`,
  ]
  const args = ['--no-warnings', model, ...grants, ...flags, '-e', script]
  const child = spawnSync(process.execPath, args, { cwd: at('open'), encoding: 'utf8' })
  expect(child).toMatchObject({ stderr: '', status: 0 })
  return JSON.parse(child.stdout)
}

const denied = (permission: string, resource: string) => ({
  code: 'ERR_ACCESS_DENIED',
  permission,
  resource,
  message: expect.stringMatching(/^Access to this API has been restricted/),
})

const PATHS = `
  const shut = ${JSON.stringify(at('shut', 'source'))}
  const kept = ${JSON.stringify(at('shut', 'kept'))}`

test('a source that may not be read is ERR_ACCESS_DENIED, by whatever name', () => {
  const all = underModel(`${PATHS}
    const sources = [shut, Buffer.from(shut), require('node:url').pathToFileURL(shut), '../shut/source']
    return Promise.all(sources.map((source) => copyFile(source, 'to').catch(seen)))`)
  expect(all).toEqual(Array(4).fill(denied('FileSystemRead', at('shut', 'source'))))
  expect(existsSync(at('open', 'to'))).toBe(false)
})

test('a destination that may not be written is too, and keeps its content', () => {
  const all = underModel(`${PATHS}
    return Promise.all([kept, '../shut/kept', '../shut/new'].map((to) => copyFile('source', to).catch(seen)))`)
  expect(all).toEqual([
    denied('FileSystemWrite', at('shut', 'kept')),
    denied('FileSystemWrite', at('shut', 'kept')),
    denied('FileSystemWrite', at('shut', 'new')),
  ])
  expect(readFileSync(at('shut', 'kept'), 'utf8')).toBe('kept')
  expect(existsSync(at('shut', 'new'))).toBe(false)
})

test('the synchronous copy and the probe are held to it', () => {
  const [sync, probed] = underModel(`${PATHS}
    let sync
    try { copyFileSync(shut, 'to') } catch (error) { sync = seen(error) }
    return [sync, await probe(kept).catch(seen)]`)
  expect(sync).toEqual(denied('FileSystemRead', at('shut', 'source')))
  expect(probed).toEqual(denied('FileSystemRead', at('shut', 'kept')))
})

test('a probe, which tries the file system with nameless files, asks for both', () => {
  const probed = underModel(`return probe(${JSON.stringify(root)}).catch(seen)`)
  expect(probed).toEqual(denied('FileSystemWrite', root))
})

test("the error is Node's own", () => {
  const [ours, nodes] = underModel(`${PATHS}
    return Promise.all([copyFile, fs.promises.copyFile].map((copy) => copy(shut, 'to').catch(seen)))`)
  expect({ ...ours, message: '' }).toEqual({ ...nodes, message: '' })
  expect(ours.message).toContain(nodes.message)
})

test('what is allowed is copied', () => {
  const all = underModel(`
    const fd = fs.openSync('source')
    const reports = [await copyFile('source', 'to'), copyFileSync('source', 'to'), await copyFile(fd, 'to')]
    return [native, reports.map(({ bytes }) => bytes), (await probe('.')).native]`)
  expect(all).toEqual([true, [4, 4, 4], true])
  expect(readFileSync(at('open', 'to'), 'utf8')).toBe('open')
})

test('where addons are not allowed there is no binding, and the reason says so', () => {
  const [native, error] = underModel(`return [native, await copyFile('source', 'none').catch(seen)]`, [])
  expect(native).toBe(false)
  expect(error).toMatchObject({
    code: 'ERR_STRATEGY_UNAVAILABLE',
    message: expect.stringMatching(/addon/i),
    path: 'source',
    dest: 'none',
  })
})
