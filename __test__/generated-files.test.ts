// Files that the kernel generates as they are read: their size is 0 (procfs) or a page (sysfs), and neither is true.

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { copyFile, copyFileSync } from '../index'
import { difference } from './support/bytes'
import { nativeStrategies as strategies } from './support/native-strategies'
import { routes } from './support/route'

/** Whose content is the same from one look to the next, a long one among them. */
const STEADY = [
  '/proc/version',
  '/proc/filesystems',
  '/proc/kallsyms',
  '/sys/kernel/mm/transparent_hugepage/enabled',
  '/sys/devices/system/cpu/possible',
].filter((path) => existsSync(path))

const places = [...new Map(routes('generated').map(({ name, to }) => [to, name])).entries()]

describe.each(places)('%s', (directory) => {
  const destination = join(directory, 'copy')
  afterEach(() => rmSync(destination, { force: true }))

  test.each(STEADY)('%s is copied whole', async (source) => {
    const content = readFileSync(source)
    const isProc = statSync(source).size === 0
    for (const copy of [copyFile, copyFileSync]) {
      const report = await copy(source, destination)
      expect(difference(destination, content)).toBeNull()
      expect(report.bytes).toBe(content.length)
      // Nothing else finds the end of a file of no size.
      if (isProc) expect(report.strategy).toBe('read_write')
      rmSync(destination) // Its mode is the source's, 0444: a plain user may not write over it.
    }
  })

  test.each(STEADY)(
    '%s is copied whole by each strategy, or that one says that it can not',
    async (source) => {
      const content = readFileSync(source)
      const worked = []
      for (const strategy of strategies) {
        const outcome = await copyFile(source, destination, { strategy }).catch((error) => error)
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: 'ERR_STRATEGY_UNAVAILABLE', bytes: 0 })
          expect(existsSync(destination)).toBe(false)
        } else {
          expect(difference(destination, content)).toBeNull()
          expect(outcome).toMatchObject({ strategy, bytes: content.length })
          worked.push(strategy)
        }
        rmSync(destination, { force: true })
      }
      expect(worked).toContain('read_write')
    },
  )

  test('a range of one is that range', async () => {
    const content = readFileSync('/proc/version')
    expect(await copyFile('/proc/version', destination, { offset: 3, length: 10 })).toMatchObject({
      bytes: 10,
    })
    expect(difference(destination, content.subarray(3, 13))).toBeNull()
    rmSync(destination)
    expect((await copyFile('/proc/version', destination, { offset: 3 })).bytes).toBe(content.length - 3)
    expect(difference(destination, content.subarray(3))).toBeNull()
  })
})
