import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Strategy } from '../index'
import { difference, random, rangeOf } from './support/bytes'
import { type NativeStrategy, nativeStrategies as strategies } from './support/native-strategies'
import { scratch } from './support/place'
import { routes } from './support/route'
import { isInstalled, skip } from './support/skip'
import { type Copy, traced } from './support/strace'

jest.setTimeout(60_000)

const describeTraced = isInstalled('strace') ? describe : describe.skip
if (describeTraced === describe.skip) skip('truth', 'strace is not installed')

/** The calls by which each strategy moves bytes: seen by strace, it did so natively. */
const CALLS: Record<NativeStrategy, string[]> = {
  read_write: ['pread64', 'pwrite64'],
  mmap_write: ['pwrite64'],
  sendfile: ['sendfile'],
  copy_file_range: ['copy_file_range'],
  splice: ['splice'],
  reflink: ['ioctl'],
  direct: ['pread64', 'pwrite64'],
}

const directory = scratch('truth')
const at = (name: string) => join(directory, name)

describeTraced('a report counts what strace counts', () => {
  for (const route of routes('truth')) {
    const [source, small] = [join(route.from, 'source'), join(route.from, 'small')]
    const able = strategies.filter((strategy) => isPossible(strategy, route.sharing))

    test(`${route.name}: by each strategy, on both kinds of thread, and by auto`, async () => {
      writeFileSync(source, random(1, 3_000_017))
      writeFileSync(small, random(2, 100_003))
      let number = 0
      const to = () => join(route.to, `to-${number++}`)
      const copies: Copy[] = [
        ...able.flatMap((strategy) => [
          { source, destination: to(), options: { strategy } },
          { source, destination: to(), options: { strategy }, sync: true },
          { source: small, destination: to(), options: { strategy, bufferSize: 1000 } },
        ]),
        { source, destination: to() },
        { source, destination: to(), sync: true },
        { source, destination: to(), options: { offset: 12_345, length: 1_000_003 } },
        { source, destination: to(), options: { reflink: 'never' } },
      ]
      const all = await traced(copies)
      all.forEach(({ said, counts }, i) => {
        const { destination, options: { strategy, offset, length } = {}, source } = copies[i] as Copy
        expect(difference(destination, rangeOf(source, offset, length))).toBeNull()
        expect(said.syscalls).toEqual(counts)
        if (strategy !== undefined) expect(said.strategy).toBe(strategy)
        expect(Object.keys(counts)).toEqual(expect.arrayContaining(CALLS[said.strategy as NativeStrategy]))
        rmSync(destination)
      })
    })
  }

  test('of files that are empty, generated, no files at all, and of those that are written over', async () => {
    writeFileSync(at('empty'), '')
    writeFileSync(at('full'), random(3, 300_000))
    writeFileSync(at('over'), random(4, 500_000))
    const copies: Copy[] = [
      { source: at('empty'), destination: at('a') },
      { source: '/proc/version', destination: at('b') },
      {
        source: '/proc/filesystems',
        destination: at('c'),
        options: { strategy: 'read_write', bufferSize: 7 },
      },
      { source: '/dev/zero', destination: at('d'), options: { length: 70_001 } },
      { source: at('full'), destination: at('over') },
      { source: at('full'), destination: at('over'), sync: true },
    ]
    const all = await traced(copies)
    expect(all.map(({ said }) => said.syscalls)).toEqual(all.map(({ counts }) => counts))
    expect(all.map(({ said }) => said.bytes)).toEqual([
      0,
      size('/proc/version'),
      size('/proc/filesystems'),
      70_001,
      300_000,
      300_000,
    ])
  })

  const size = (path: string) => readFileSync(path).length

  function isPossible(strategy: Strategy, sharing: string): boolean {
    if (strategy === 'reflink') return sharing === 'works'
    return strategy !== 'copy_file_range' || sharing !== 'apart'
  }
})
