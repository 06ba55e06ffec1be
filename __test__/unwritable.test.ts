// Destinations that cannot take the copy: the error is the kernel's, what is there is kept, what is new is removed.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CopyOptions, copyFile, copyFileSync } from '../index'
import { difference, random } from './support/bytes'
import { saidIn } from './support/child'
import { nativeStrategies as strategies } from './support/native-strategies'
import { mountOf, scratch } from './support/place'
import { testAsRoot, testWithMounts } from './support/skip'

jest.setTimeout(60_000)

const directory = scratch('unwritable', mountOf('ext4') ?? undefined)
const at = (name: string) => join(directory, name)
const source = at('source')
writeFileSync(source, random(1, 300_001))

/** By both forms. */
async function expectRefused(to: string, wanted: object, options: CopyOptions = {}) {
  await expect(copyFile(source, to, options)).rejects.toMatchObject(wanted)
  expect(() => copyFileSync(source, to, options)).toThrow(expect.objectContaining(wanted))
}

describe('where nothing may be written', () => {
  testAsRoot('an immutable file is EPERM, and may be a source', async () => {
    writeFileSync(at('immutable'), 'old content')
    execFileSync('chattr', ['+i', at('immutable')])
    try {
      await expectRefused(at('immutable'), { code: 'EPERM', errno: -1, syscall: 'copyfile', bytes: 0 })
      expect(readFileSync(at('immutable'), 'utf8')).toBe('old content')
      expect(await copyFile(at('immutable'), at('from-immutable'))).toMatchObject({ bytes: 11 })
    } finally {
      execFileSync('chattr', ['-i', at('immutable')])
    }
  })

  testAsRoot('a file that can only be appended to is EPERM', async () => {
    writeFileSync(at('log'), 'old content')
    execFileSync('chattr', ['+a', at('log')])
    try {
      await expectRefused(at('log'), { code: 'EPERM', bytes: 0 })
      expect(readFileSync(at('log'), 'utf8')).toBe('old content')
    } finally {
      execFileSync('chattr', ['-a', at('log')])
    }
  })

  testWithMounts('a file system that is mounted read-only is EROFS', async () => {
    const mount = at('read-only')
    mkdirSync(mount)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount])
    try {
      writeFileSync(join(mount, 'old'), 'old content')
      execFileSync('mount', ['-o', 'remount,ro', mount])
      await expectRefused(join(mount, 'old'), { code: 'EROFS', bytes: 0 })
      await expectRefused(join(mount, 'new'), { code: 'EROFS', bytes: 0 })
      await expectRefused(join(mount, 'old'), { code: 'EEXIST' }, { overwrite: false })
      expect(readFileSync(join(mount, 'old'), 'utf8')).toBe('old content')
      expect(await copyFile(join(mount, 'old'), at('from-read-only'))).toMatchObject({ bytes: 11 })
    } finally {
      execFileSync('umount', [mount])
    }
  })
})

describe('where there is no room', () => {
  testWithMounts('a copy is ENOSPC by every strategy, and leaves no new name', async () => {
    const mount = at('small')
    mkdirSync(mount)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount])
    try {
      writeFileSync(at('large'), random(3, 5_000_000))
      for (const strategy of [undefined, ...strategies.filter((name) => !/range|reflink/.test(name))]) {
        const error = await copyFile(at('large'), join(mount, 'new'), { strategy }).catch((thrown) => thrown)
        expect(error).toMatchObject({
          code: 'ENOSPC',
          errno: -28,
          syscall: 'copyfile',
          bytes: expect.any(Number),
        })
        expect(error.bytes).toBeLessThan(5_000_000)
        // Lack of space is never a reason to try another way.
        expect(error.attempts.map(({ outcome }: { outcome: string }) => outcome)).not.toContain('refused')
        expect(error.attempts.at(-1)).toMatchObject({ outcome: 'failed', code: 'ENOSPC', bytes: error.bytes })
        expect(readdirSync(mount)).toEqual([])
      }
      // To replace needs room for both, and lack of it is no reason to write in place: there what is there is enough.
      writeFileSync(join(mount, 'old'), random(4, 800_000))
      writeFileSync(at('fits'), random(5, 900_000))
      await expect(copyFile(at('fits'), join(mount, 'old'))).rejects.toMatchObject({ code: 'ENOSPC' })
      expect(difference(join(mount, 'old'), random(4, 800_000))).toBeNull()
      expect(readdirSync(mount)).toEqual(['old'])
      const inPlace = await copyFile(at('fits'), join(mount, 'old'), { atomic: false })
      expect(inPlace).toMatchObject({ bytes: 900_000, atomic: false })
      expect(difference(join(mount, 'old'), random(5, 900_000))).toBeNull()
    } finally {
      execFileSync('umount', [mount])
    }
  })

  test('a file too large for its user is EFBIG, and nothing crashes', async () => {
    const said = await saidIn<{ code: string; bytes: number }>(
      `for (const strategy of ['read_write', 'sendfile', 'splice', 'copy_file_range', undefined]) {
        say(await copyFile(args[0], args[1], { strategy }).catch(seen))
        try { copyFileSync(args[0], args[1], { strategy }) } catch (error) { say(seen(error)) }
      }
      say(fs.existsSync(args[1]))`,
      { command: ['prlimit', '--fsize=100000'], args: [source, at('limited')] },
    )
    expect(said.pop()).toBe(false)
    expect(said).toHaveLength(10)
    for (const error of said) {
      expect(error).toMatchObject({ code: 'EFBIG', bytes: expect.any(Number) })
      expect(error.bytes).toBeLessThanOrEqual(100_000)
    }
  })
})
