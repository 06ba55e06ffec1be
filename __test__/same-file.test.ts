import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  copyFileSync as nodeCopyFileSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type CopyOptions, copyFile, copyFileSync } from '../index'
import { random } from './support/bytes'
import { nativeStrategies as strategies } from './support/native-strategies'
import { scratch } from './support/place'
import { routes } from './support/route'

const content = random(1, 70_001)
const NAMES = ['file', 'link', 'link-to-link', 'hard-link', './file', 'directory/../file']

/** A file and other names of it; nobody may write to it, so a plain user shows that nobody tries. */
function make(directory: string, mode = 0o444): string[] {
  const at = (name: string) => `${directory}/${name}`
  writeFileSync(at('file'), content)
  symlinkSync('file', at('link'))
  symlinkSync(at('link'), at('link-to-link'))
  linkSync(at('file'), at('hard-link'))
  mkdirSync(at('directory'))
  chmodSync(at('file'), mode)
  return NAMES.map(at)
}

const NOTHING = {
  strategy: null,
  bytes: 0,
  bytesShared: 0,
  bytesPerSecond: null,
  attempts: [],
  atomic: false,
}

describe.each(
  routes('same-file')
    .filter(({ from, to }) => from === to)
    .map(({ name, from }) => [name, from] as const),
)('%s', (_name, directory) => {
  const names = make(directory)
  const [file] = names as [string]
  const state = () => {
    const { mtimeNs, ctimeNs, mode, ino } = statSync(file, { bigint: true })
    return { mtimeNs, ctimeNs, mode, ino, same: readFileSync(file).equals(content) }
  }
  const before = state()
  afterEach(() => expect(state()).toEqual(before))

  test.each(NAMES)('onto itself by the name %s nothing is moved, either way', async (name) => {
    const other = `${directory}/${name}`
    for (const copy of [copyFile, copyFileSync]) {
      expect(await copy(file, other)).toMatchObject(NOTHING)
      expect(await copy(other, file)).toMatchObject(NOTHING)
      expect(await copy(Buffer.from(other), pathToFileURL(file))).toMatchObject(NOTHING)
    }
  })

  const ways: CopyOptions[] = [
    ...strategies.map((strategy) => ({ strategy })),
    { reflink: 'always' },
    { offset: 5, length: 10 },
  ]

  test.each(ways)('with %j nothing is moved', async (options) => {
    for (const name of names) expect(await copyFile(file, name, options)).toMatchObject(NOTHING)
  })

  test('from a FileHandle and a descriptor nothing is moved', async () => {
    const handle = await open(file)
    for (const name of names) {
      expect(await copyFile(handle, name)).toMatchObject(NOTHING)
      expect(copyFileSync(handle.fd, name)).toMatchObject(NOTHING)
    }
    await handle.close()
  })

  test('without overwrite it exists, as a link that leads nowhere does', async () => {
    const dangling = join(directory, 'dangling')
    symlinkSync('nowhere', dangling)
    for (const to of [...names, dangling]) {
      for (const options of [{ overwrite: false }, constants.COPYFILE_EXCL]) {
        const eexist = { code: 'EEXIST', errno: -17, syscall: 'copyfile', path: file, dest: to }
        await expect(copyFile(file, to, options)).rejects.toMatchObject(eexist)
        expect(() => copyFileSync(file, to, options)).toThrow(expect.objectContaining(eexist))
      }
    }
    expect(existsSync(join(directory, 'nowhere'))).toBe(false)
  })
})

describe('a program that runs', () => {
  const directory = scratch('same-file')
  const program = join(directory, 'program')
  let running: ChildProcess
  beforeAll(() => {
    nodeCopyFileSync('/bin/cat', program)
    linkSync(program, join(directory, 'other-name'))
    running = spawn(program, { stdio: ['pipe', 'ignore', 'inherit'] })
  })
  afterAll((done) => {
    running.once('exit', () => done())
    running.stdin?.end()
  })

  test('is not opened for writing, which the kernel would refuse', async () => {
    expect(() => openSync(program, 'r+')).toThrow(expect.objectContaining({ code: 'ETXTBSY' }))
    expect(await copyFile(program, join(directory, 'other-name'))).toMatchObject(NOTHING)
  })

  test('is not overwritten by another file, but replaced', async () => {
    const before = readFileSync(program)
    const other = join(directory, 'other')
    writeFileSync(other, 'other')
    const etxtbsy = { code: 'ETXTBSY', syscall: 'copyfile', bytes: 0 }
    const inPlace = { atomic: false }
    await expect(copyFile(other, program, inPlace)).rejects.toMatchObject(etxtbsy)
    expect(() => copyFileSync(other, program, inPlace)).toThrow(expect.objectContaining(etxtbsy))
    expect(readFileSync(program).equals(before)).toBe(true)
    expect(await copyFile(other, program)).toMatchObject({ atomic: true })
    expect(readFileSync(program, 'utf8')).toBe('other')
    expect(readFileSync(join(directory, 'other-name')).equals(before)).toBe(true)
  })
})
