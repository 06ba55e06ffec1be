// Whether a receipt speaks the truth about sharing: filefrag(8) asks the file system itself.

import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyFileSync, type TransferReport } from '../index'
import { difference, random } from './support/bytes'
import { mountOf, scratch } from './support/place'
import { skip } from './support/skip'

jest.setTimeout(60_000)

/** Small ones too: a tree of metadata is written for them, which must not be taken for their bytes. */
const SIZES = [4096, 8192, 16_384, 20_000, 1_000_003]

/** The flags of each extent, once everything is on disk. */
function flagsOf(path: string): string[] {
  execFileSync('sync', ['-f', path])
  const lines = execFileSync('filefrag', ['-v', path], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => /^ +\d+: /.test(line)).map((line) => line.split(':').at(-1) as string)
}

const isShared = (path: string) => flagsOf(path).every((flags) => flags.includes('shared'))

function expectTrue(report: TransferReport, path: string) {
  const { bytes, bytesShared, cpuCopies } = report
  if (isShared(path)) {
    expect([0, null]).toContain(cpuCopies.count)
    if (cpuCopies.count === 0) expect({ cpuCopies, bytesShared }).toEqual({ cpuCopies, bytesShared: bytes })
  } else {
    expect([1, 2, null]).toContain(cpuCopies.count)
    expect({ cpuCopies, bytesShared }).toEqual({ cpuCopies, bytesShared: 0 })
  }
}

describe.each(['xfs', 'btrfs'])('%s', (fileSystem) => {
  const mount = mountOf(fileSystem)
  if (mount === null) {
    skip(`shared extents on ${fileSystem}`, "it needs the runner's mounts")
    test.todo('shared extents')
    return
  }
  const directory = scratch('shared-extents', mount)
  const [source, to] = [join(directory, 'source'), join(directory, 'to')]

  function copied(size: number, before: number | null, options: object): TransferReport {
    writeFileSync(source, random(size, size))
    rmSync(to, { force: true })
    if (before !== null) writeFileSync(to, random(before + 1, before))
    execFileSync('sync', ['-f', source]) // The next write begins a transaction.
    const report = copyFileSync(source, to, options)
    expect(difference(to, random(size, size))).toBeNull()
    return report
  }

  const ways = [
    { strategy: 'reflink' },
    { strategy: 'copy_file_range' },
    { strategy: 'sendfile' },
    {},
    { reflink: 'never' },
  ]

  test.each(ways)('what %j did is what the receipt says', (options) => {
    for (const size of SIZES) {
      for (const before of [null, size, 3 * size]) expectTrue(copied(size, before, options), to)
    }
  })

  test('of both kinds there are some: the witness sees the difference', () => {
    copied(100_000, null, { strategy: 'reflink' })
    expect(isShared(to)).toBe(true)
    copied(100_000, null, { strategy: 'sendfile' })
    expect(isShared(to)).toBe(false)
  })

  test('a clone that is written over: what it shared before is no sharing of what was copied', () => {
    copied(1_000_003, null, { strategy: 'reflink' })
    // at an offset that no extent begins at, the kernel copies
    const report = copyFileSync(source, to, { strategy: 'copy_file_range', offset: 100 })
    expect(difference(to, random(1_000_003, 1_000_003).subarray(100))).toBeNull()
    expectTrue(report, to)
  })

  test('a file that lies in the inode', () => {
    expectTrue(copied(100, null, {}), to)
    expectTrue(copied(100, null, { strategy: 'copy_file_range' }), to)
  })
})
