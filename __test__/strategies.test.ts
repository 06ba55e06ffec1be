import { mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Capabilities, copyFile, native, probe, type Strategy, strategies } from '../index'
import { binding } from '../lib/binding'
import { nativeStrategies } from './support/native-strategies'

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Named =
  | 'read_write'
  | 'mmap_write'
  | 'sendfile'
  | 'copy_file_range'
  | 'splice'
  | 'reflink'
  | 'direct'
  | 'stream'

// Checked by tsc: the union is these names, and no other.
const same: Equal<Strategy, Named> = true

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-strategies-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('the union, the list and the core name the same strategies in the same order', () => {
  expect(same).toBe(true)
  const named: readonly Named[] = [
    'read_write',
    'mmap_write',
    'sendfile',
    'copy_file_range',
    'splice',
    'reflink',
    'direct',
    'stream',
  ]
  expect(strategies).toEqual(named)
  // the core has all but the last, which is JavaScript's
  expect(binding?.names().strategies).toEqual(strategies.slice(0, -1))
})

test('the list cannot be changed', () => {
  expect(Object.isFrozen(strategies)).toBe(true)
  expect(() => (strategies as Strategy[]).push('sendfile')).toThrow(TypeError)
})

test('native is true where the binding is', () => {
  expect(native).toBe(true)
})

describe('probe', () => {
  test('says of each strategy whether it works, and why not', async () => {
    const { strategies: all, ...machine } = await probe()
    expect(Object.keys(all)).toEqual(strategies)
    for (const { available, reason, cpuCopies } of Object.values(all)) {
      expect(['yes', 'no', 'avoided', 'unsupported', 'unknown']).toContain(available)
      if (available === 'no' || available === 'unsupported') expect(reason).toEqual(expect.any(String))
      expect(cpuCopies).toEqual({ count: numberOrNull(cpuCopies.count), basis: expect.stringMatching(/./) })
    }
    expect(all.read_write).toMatchObject({ available: 'yes', cpuCopies: { count: 2 } })
    expect(machine).toEqual({
      native: true,
      platform: process.platform,
      kernel: expect.stringMatching(/^\d+\.\d+/),
      path: null,
      route: null,
    } satisfies Omit<Capabilities, 'strategies'>)
  })

  test('says what is known of a path', async () => {
    const { path, route } = await probe(dir)
    expect(path).toEqual({
      fileSystem: expect.stringMatching(/./),
      device: expect.stringMatching(/./),
      reflink: path?.reflink === null ? null : expect.any(Boolean),
      holes: path?.holes === null ? null : expect.any(Boolean),
    })
    expect(route).toBeNull()
    expect(await probe('/proc')).toMatchObject({ path: { fileSystem: 'proc' } })
    expect(await probe(Buffer.from(dir))).toMatchObject({ path: { fileSystem: path?.fileSystem } })
  })

  test('leaves nothing behind', async () => {
    const empty = mkdtempSync(join(dir, 'empty-'))
    await probe(empty)
    rmdirSync(empty) // would be ENOTEMPTY
  })

  test('of a path that is not there is ENOENT', async () => {
    await expect(probe('/nope')).rejects.toMatchObject({
      name: 'ZeroCopyError',
      message: "ENOENT: no such file or directory, probe '/nope'",
      code: 'ENOENT',
      errno: -2,
      syscall: 'probe',
      path: '/nope',
      strategy: null,
      bytes: 0,
      attempts: [],
    })
  })
})

test.each(nativeStrategies.filter((strategy) => strategy !== 'reflink'))(
  '%s by name copies every byte',
  async (strategy) => {
    const source = join(dir, 'source')
    const bytes = Buffer.alloc(300_001, 'zero-copy')
    writeFileSync(source, bytes)
    const report = await copyFile(source, join(dir, strategy), { strategy })
    expect(report).toMatchObject({ strategy, bytes: 300_001, attempts: [{ strategy, outcome: 'finished' }] })
    expect(readFileSync(join(dir, strategy)).equals(bytes)).toBe(true)
  },
)

test('a list is tried in order', async () => {
  const source = join(dir, 'source')
  writeFileSync(source, 'listed')
  const report = await copyFile(source, join(dir, 'listed'), { strategy: ['splice', 'read_write'] })
  expect(report).toMatchObject({ strategy: 'splice', bytes: 6 })
})

function numberOrNull(value: number | null) {
  return value === null ? null : expect.any(Number)
}
