// Whose copy it is, and who may do what with it.

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { copyFile, copyFileSync } from '../index'
import { random } from './support/bytes'
import { saidIn } from './support/child'
import { scratch } from './support/place'
import { isRoot, testAsRoot } from './support/skip'

jest.setTimeout(60_000)

const directory = scratch('permissions')
const at = (name: string) => join(directory, name)
const [source, to] = [at('source'), at('to')]
const content = random(1, 10_000)
const NOBODY = 65_534
chmodSync(directory, 0o755)

const modeOf = (path: string) => statSync(path).mode & 0o7777
const octal = (mode: number) => mode.toString(8).padStart(4, '0')

beforeEach(() => writeFileSync(source, content, { mode: 0o644 }))
afterEach(() => {
  for (const path of [source, to]) rmSync(path, { force: true })
})

describe('the permissions become those of the source', () => {
  const umask = process.umask()
  afterEach(() => process.umask(umask))

  // A plain user must be able to read it.
  const modes = [0o400, 0o444, 0o600, 0o640, 0o644, 0o711, 0o755, 0o777]
  const umasks = [0o000, 0o022, 0o077, 0o777]

  test.each(modes.map((mode) => [octal(mode), mode] as const))(
    '%s, whatever the umask',
    async (_octal, mode) => {
      chmodSync(source, mode)
      for (const each of umasks) {
        for (const copy of [copyFile, copyFileSync]) {
          process.umask(each)
          expect(await copy(source, to)).toMatchObject({ notPreserved: [] })
          expect(octal(modeOf(to))).toBe(octal(mode))
          rmSync(to)
          writeFileSync(to, 'old content')
          chmodSync(to, 0o606)
          await copy(source, to)
          expect(octal(modeOf(to))).toBe(octal(mode))
          rmSync(to)
        }
      }
    },
  )

  test('of an empty file and of a range, too', async () => {
    chmodSync(source, 0o751)
    await copyFile(source, to, { offset: 10_000 })
    expect(octal(modeOf(to))).toBe('0751')
    rmSync(to)
    await copyFile(source, to, { offset: 5, length: 10 })
    expect(octal(modeOf(to))).toBe('0751')
  })
})

describe('setuid, setgid and sticky', () => {
  test('are those of the source where owner and group are', async () => {
    for (const mode of [0o4755, 0o2755, 0o1644, 0o6711]) {
      chmodSync(source, mode)
      expect(octal(modeOf(source))).toBe(octal(mode))
      expect(await copyFile(source, to)).toMatchObject({ notPreserved: [] })
      expect(octal(modeOf(to))).toBe(octal(mode))
      rmSync(to)
    }
  })

  testAsRoot('are left out where the owner is another, and the report says so', async () => {
    for (const [owner, group] of [
      [NOBODY, NOBODY],
      [NOBODY, 0],
      [0, NOBODY],
    ] as const) {
      for (const copy of [copyFile, copyFileSync]) {
        chownSync(source, owner, group)
        chmodSync(source, 0o7755)
        const { notPreserved } = await copy(source, to)
        expect(notPreserved).toEqual(['ownership', 'setuid', 'setgid', 'sticky'])
        expect(octal(modeOf(to))).toBe('0755')
        expect(statSync(to)).toMatchObject({ uid: 0, gid: 0 })
        rmSync(to)
      }
    }
  })

  testAsRoot('are kept over a file of the same owner, and taken from one of another', async () => {
    chownSync(source, NOBODY, NOBODY)
    chmodSync(source, 0o4755)
    writeFileSync(to, 'old content')
    chownSync(to, NOBODY, NOBODY)
    expect(await copyFile(source, to)).toMatchObject({ notPreserved: [] })
    expect(octal(modeOf(to))).toBe('4755')
    expect(statSync(to)).toMatchObject({ uid: NOBODY, gid: NOBODY })

    chownSync(to, 0, 0)
    chmodSync(to, 0o6755)
    expect((await copyFile(source, to)).notPreserved).toEqual(['ownership', 'setuid'])
    expect(octal(modeOf(to))).toBe('0755')
  })
})

describe('a plain user', () => {
  /** As uid 65534: this process, where it is that user already, otherwise one that drops root's rights. */
  async function asUser<T>(body: string): Promise<T[]> {
    const drop = isRoot ? `process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});` : ''
    return saidIn<T>(`${drop} const [source, directory] = args; ${body}`, { args: [source, directory] })
  }
  const refused = (...names: string[]) =>
    names
      .map(
        (name) => `
      say(await copyFile(source, directory + '/${name}').catch(seen))
      try { copyFileSync(source, directory + '/${name}') } catch (error) { say(seen(error)) }`,
      )
      .join('')

  const theirs = (path: string) => {
    if (isRoot) chownSync(path, NOBODY, NOBODY)
  }

  test('may not write over a file of mode 0444, which keeps its content', async () => {
    writeFileSync(to, 'old content')
    chmodSync(to, 0o444)
    theirs(to)
    const eacces = { code: 'EACCES', errno: -13, bytes: 0 }
    expect(await asUser(refused('to'))).toMatchObject([eacces, eacces])
    expect(readFileSync(to, 'utf8')).toBe('old content')
  })

  test('may not copy what it may not read, and nothing is made', async () => {
    chmodSync(source, 0o200)
    theirs(source)
    const eacces = { code: 'EACCES', bytes: 0 }
    mkdirSync(at('own'))
    theirs(at('own'))
    expect(await asUser(refused('own/to'))).toMatchObject([eacces, eacces])
    expect(existsSync(at('own/to'))).toBe(false)
  })

  test('may not make a name where it may not write, but write over one', async () => {
    mkdirSync(at('shut'))
    writeFileSync(at('shut/old'), 'old content')
    theirs(at('shut/old'))
    chmodSync(at('shut'), 0o555)
    const [first, second, report] = await asUser(
      `${refused('shut/new')} say(await copyFile(source, directory + '/shut/old'))`,
    )
    chmodSync(at('shut'), 0o755)
    expect([first, second]).toMatchObject([{ code: 'EACCES' }, { code: 'EACCES' }])
    expect(report).toMatchObject({ bytes: content.length, atomic: false })
    expect(readFileSync(at('shut/old')).equals(content)).toBe(true)
    expect(existsSync(at('shut/new'))).toBe(false)
  })

  testAsRoot(
    'may write over a file of another, but not change its mode: known before the first byte',
    async () => {
      writeFileSync(to, 'old content')
      chmodSync(to, 0o666)
      const eperm = { code: 'EPERM', errno: -1, bytes: 0 }
      expect(await asUser(refused('to'))).toMatchObject([eperm, eperm])
      expect(readFileSync(to, 'utf8')).toBe('old content')

      chmodSync(source, 0o666)
      const [report] = await asUser(`say(await copyFile(source, directory + '/to'))`)
      expect(report).toMatchObject({ bytes: content.length, notPreserved: [] })
      expect(readFileSync(to).equals(content)).toBe(true)
    },
  )

  testAsRoot('keeps none of the owner of a file of another, and says so', async () => {
    chmodSync(source, 0o4755)
    mkdirSync(at('user'))
    theirs(at('user'))
    const [report] = await asUser(`say(await copyFile(source, directory + '/user/to'))`)
    expect(report).toMatchObject({ notPreserved: ['ownership', 'setuid'] })
    expect(statSync(at('user/to'))).toMatchObject({ uid: NOBODY, gid: NOBODY })
    expect(octal(modeOf(at('user/to')))).toBe('0755')
  })
})
