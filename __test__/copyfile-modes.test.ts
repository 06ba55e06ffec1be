// The bits of fs.constants.COPYFILE_*, side by side with Node's own copyFile.

import {
  linkSync,
  lstatSync,
  mkdirSync,
  copyFileSync as nodeCopyFileSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { copyFile as nodeCopyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyFile, copyFileSync } from '../index'
import { random } from './support/bytes'
import { routes } from './support/route'

const content = random(1, 100_003)

/** COPYFILE_EXCL is 1, COPYFILE_FICLONE 2, COPYFILE_FICLONE_FORCE 4. */
const MODES = [0, 1, 2, 3, 4, 5, 6, 7]

/** What the destination is before. */
const BEFORE: Record<string, (to: string, source: string) => void> = {
  'a new name': () => {},
  'a file': (to) => writeFileSync(to, 'old content', { mode: 0o600 }),
  'a longer file': (to) => writeFileSync(to, random(2, 500_000)),
  'a link to a file': (to) => {
    writeFileSync(`${to}-target`, 'old content')
    symlinkSync(`${to}-target`, to)
  },
  'a link that leads nowhere': (to) => symlinkSync(`${to}-target`, to),
  'a directory': (to) => mkdirSync(to),
  'the source itself, by another name': (to, source) => linkSync(source, to),
}

describe.each(routes('copyfile-modes').map((route) => [route.name, route] as const))('%s', (_name, route) => {
  const [source, to] = [join(route.from, 'source'), join(route.to, 'to')]
  beforeAll(() => writeFileSync(source, content, { mode: 0o750 }))

  async function outcomeOf(copy: () => unknown, prepare: (to: string, source: string) => void) {
    prepare(to, source)
    try {
      await copy()
      return { link: lstatSync(to).isSymbolicLink(), mode: statSync(to).mode, content: contentOf(to) }
    } catch (error) {
      // No more than this: Node has emptied or removed what was there, even a link. We have not.
      const { code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string }
      return { code, errno, syscall, path, dest }
    } finally {
      for (const path of [to, `${to}-target`]) rmSync(path, { recursive: true, force: true })
    }
  }

  const before = Object.entries(BEFORE).filter(
    ([name]) => route.from === route.to || !name.startsWith('the source'),
  )

  test.each(before)('onto %s each mode does what Node does', async (_what, prepare) => {
    const all = async (copy: (source: string, to: string, mode: number) => unknown) => {
      const outcomes = []
      for (const mode of MODES) outcomes.push([mode, await outcomeOf(() => copy(source, to, mode), prepare)])
      return outcomes
    }
    expect(await all(copyFile)).toEqual(await all(nodeCopyFile))
    expect(await all(copyFileSync)).toEqual(await all(nodeCopyFileSync))
  })

  if (route.sharing === 'works') return

  test('onto a file that it may not clone, FICLONE_FORCE leaves what is there', async () => {
    writeFileSync(to, 'old content')
    await expect(copyFile(source, to, 4)).rejects.toMatchObject({ bytes: 0 })
    expect(readFileSync(to, 'utf8')).toBe('old content')
    rmSync(to)
  })
})

function contentOf(path: string): string {
  const found = readFileSync(path)
  return found.equals(content) ? 'the content of the source' : found.subarray(0, 20).toString()
}
