// The kernel refuses a call, or fails it: strace does so in its place.

import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CopyOptions } from '../index'
import { difference, random, rangeOf, writeSparse } from './support/bytes'
import { mountOf, scratch } from './support/place'
import { isInstalled, mounts, skip } from './support/skip'
import { type Copy, type Traced, traced } from './support/strace'

jest.setTimeout(60_000)

const MiB = 2 ** 20
/** What one call of a kernel strategy moves at most, and a source that takes two of them. */
const STEP = 64 * MiB
const SIZE = STEP + 3 * MiB + 17 // in memory most of it is a hole, which `sparse: 'never'` has them read

const describeTraced = isInstalled('strace') ? describe : describe.skip
if (describeTraced === describe.skip) skip('refusals', 'strace is not installed')

const directory = scratch('refusals', mountOf('tmpfs') ?? undefined)
const [source, small, destination, other] = ['source', 'small', 'destination', 'other'].map((name) =>
  join(directory, name),
) as [string, string, string, string]

beforeAll(() => {
  writeSparse(source, SIZE, [
    [0, random(1, 5000)],
    [STEP - 2500, random(2, 5000)],
    [SIZE - 5000, random(3, 5000)],
  ])
  writeFileSync(small, random(4, 100_000))
})
afterEach(() => {
  for (const path of [destination, other]) rmSync(path, { force: true })
})

/** Only in calls that have to do with these: Node itself makes such calls too. A file without a name has no path. */
const touching = (...paths: string[]) => paths.flatMap((path) => ['-P', path])

/** Answers `call` with `error` the `when`th time that a thread makes it: `2+` from the second time on. */
const inject = (call: string, error: string, when: string) => [
  '-e',
  `inject=${call}:error=${error}:when=${when}`,
]

function whole(path: string, from: string) {
  expect(difference(path, rangeOf(from))).toBeNull()
}

describeTraced('what the kernel refuses', () => {
  test.each(['EINVAL', 'EPERM', 'ENOSYS', 'EXDEV', 'EOPNOTSUPP'])(
    '%s in the middle: auto goes on at the byte reached and says so, a strategy by name is an error',
    async (code) => {
      // On two threads, of which each makes its own first call.
      const copies: Copy[] = [
        { source, destination, options: { sparse: 'never' } },
        { source, destination: other, options: { strategy: 'copy_file_range', sparse: 'never' }, sync: true },
      ]
      const [auto, named] = (await traced(copies, inject('copy_file_range', code, '2+'))) as [Traced, Traced]
      const name = code === 'EOPNOTSUPP' ? 'ENOTSUP' : code

      whole(destination, source)
      expect(auto.said).toMatchObject({ strategy: 'sendfile', bytes: SIZE, syscalls: auto.counts })
      expect(auto.said.attempts.filter(({ outcome }) => outcome !== 'avoided')).toEqual([
        {
          strategy: 'copy_file_range',
          bytes: STEP,
          durationMs: expect.any(Number),
          outcome: 'refused',
          reason: expect.stringMatching(/./),
          code: name,
          errno: expect.any(Number),
          syscall: 'copy_file_range',
        },
        expect.objectContaining({
          strategy: 'sendfile',
          bytes: SIZE - STEP,
          outcome: 'finished',
          reason: null,
        }),
      ])
      expect(auto.counts).toMatchObject({ copy_file_range: 2, sendfile: expect.any(Number) })

      expect(named.said).toMatchObject({
        name: 'ZeroCopyError',
        code: 'ERR_STRATEGY_UNAVAILABLE',
        cause: name,
        strategy: 'copy_file_range',
        bytes: STEP,
        attempts: [{ strategy: 'copy_file_range', outcome: 'refused', bytes: STEP, code: name }],
      })
      expect(named.counts).toEqual({ copy_file_range: 2 })
      expect(existsSync(other)).toBe(false)
    },
  )

  test('from the first call on: nothing was moved that way', async () => {
    const flags = inject('copy_file_range', 'EPERM', '1+')
    const [auto] = (await traced([{ source: small, destination }], flags)) as [Traced]
    whole(destination, small)
    expect(auto.said.attempts).toContainEqual(
      expect.objectContaining({ strategy: 'copy_file_range', outcome: 'refused', bytes: 0, code: 'EPERM' }),
    )
    expect(auto.said).toMatchObject({ strategy: 'sendfile', bytes: 100_000, syscalls: auto.counts })
  })

  test('by two strategies: the third goes on where the second was', async () => {
    const flags = [...inject('copy_file_range', 'ENOSYS', '1+'), ...inject('sendfile', 'EINVAL', '2+')]
    const [auto] = (await traced([{ source, destination, options: { sparse: 'never' } }], flags)) as [Traced]
    whole(destination, source)
    expect(auto.said.attempts.filter(({ outcome }) => outcome !== 'avoided')).toMatchObject([
      { strategy: 'copy_file_range', bytes: 0, outcome: 'refused', code: 'ENOSYS' },
      { strategy: 'sendfile', bytes: STEP, outcome: 'refused', code: 'EINVAL' },
      { strategy: 'read_write', bytes: SIZE - STEP, outcome: 'finished' },
    ])
    expect(auto.said).toMatchObject({ strategy: 'read_write', bytes: SIZE, syscalls: auto.counts })
    expect(auto.said.cpuCopies.count).not.toBe(1) // Two ways, of one and of two copies.
  })

  test('a splice whose second half is refused: what the pipe held is not lost', async () => {
    const options: CopyOptions = { strategy: ['splice', 'read_write'] }
    const [list] = (await traced(
      [{ source: small, destination, options }],
      inject('splice', 'EINVAL', '2'),
    )) as [Traced]
    whole(destination, small)
    expect(list.said).toMatchObject({ strategy: 'read_write', bytes: 100_000, syscalls: list.counts })
    expect(list.said.attempts).toMatchObject([
      { strategy: 'splice', outcome: 'refused', code: 'EINVAL' },
      { strategy: 'read_write', outcome: 'finished' },
    ])
  })

  test.each([
    ['sendfile', 'sendfile'],
    ['splice', 'splice'],
  ] as const)('%s by name is an error before anything is written', async (strategy, call) => {
    const copies: Copy[] = [{ source: small, destination, options: { strategy } }]
    const [named] = (await traced(copies, inject(call, 'EPERM', '1+'))) as [Traced]
    expect(named.said).toMatchObject({ code: 'ERR_STRATEGY_UNAVAILABLE', cause: 'EPERM', strategy, bytes: 0 })
    expect(existsSync(destination)).toBe(false)
  })

  const xfs = mountOf('xfs')
  if (xfs === null && mounts === undefined) skip('a refused reflink', "it needs the runner's xfs")
  if (xfs === null) return
  const shared = scratch('refusals', xfs)
  const [from, to] = [join(shared, 'from'), join(shared, 'to')]
  afterEach(() => rmSync(to, { force: true }))

  test('a refused reflink: auto goes on, and shares all the same where copy_file_range does', async () => {
    writeFileSync(from, random(5, 300_000))
    const flags = [...touching(from, to), ...inject('ioctl', 'EPERM', '1+')]
    const options = { atomic: false }
    const [auto] = (await traced([{ source: from, destination: to, options }], flags)) as [Traced]
    whole(to, from)
    expect(auto.said).toMatchObject({ strategy: 'copy_file_range', bytes: 300_000, syscalls: auto.counts })
    expect(auto.said.attempts).toMatchObject([
      { strategy: 'reflink', bytes: 0, outcome: 'refused', code: 'EPERM', syscall: 'ioctl' },
      { strategy: 'copy_file_range', bytes: 300_000, outcome: 'finished' },
    ])
  })

  test.each(['ENOSPC', 'EIO', 'EDQUOT'])(
    'a reflink that fails with %s is not tried another way',
    async (code) => {
      const [from, to] = [join(shared, 'from'), join(shared, 'to')]
      writeFileSync(from, random(5, 300_000))
      const flags = [...touching(from, to), ...inject('ioctl', code, '1+')]
      const options = { atomic: false }
      const [auto] = (await traced([{ source: from, destination: to, options }], flags)) as [Traced]
      expect(auto.said).toMatchObject({ code, bytes: 0, strategy: 'reflink' })
      expect(auto.said.attempts).toMatchObject([{ strategy: 'reflink', outcome: 'failed', code }])
      expect(existsSync(to)).toBe(false)
    },
  )
})

describeTraced('what the kernel fails', () => {
  test.each([
    ['pwrite64', 'ENOSPC', '3', 'read_write'],
    ['pread64', 'EIO', '3', 'read_write'],
    ['pwrite64', 'EDQUOT', '3', 'mmap_write'],
  ] as const)('%s with %s is that error, and says how far it was', async (call, code, when, strategy) => {
    const options = { strategy, bufferSize: 4096, atomic: false }
    const copies: Copy[] = [{ source: small, destination, options }]
    const [failed] = (await traced(copies, [
      ...touching(small, destination),
      ...inject(call, code, when),
    ])) as [Traced]
    expect(failed.said).toMatchObject({
      name: 'ZeroCopyError',
      code,
      strategy,
      bytes: 8192,
      attempts: [{ strategy, outcome: 'failed', bytes: 8192, code, syscall: call }],
    })
    expect(failed.said.message).toMatch(`, copyfile '${small}' -> '${destination}'`)
    expect(failed.counts[call]).toBe(3)
    expect(existsSync(destination)).toBe(false)
  })

  test('lack of space is never a reason to go on another way', async () => {
    const copies: Copy[] = [{ source, destination, options: { sparse: 'never' } }]
    const [auto] = (await traced(copies, inject('copy_file_range', 'ENOSPC', '2'))) as [Traced]
    expect(auto.said).toMatchObject({ code: 'ENOSPC', strategy: 'copy_file_range', bytes: STEP })
    expect(auto.counts).toEqual({ copy_file_range: 2 })
    expect(existsSync(destination)).toBe(false)
  })

  test('an interrupted call is made, and counted, again', async () => {
    const options: CopyOptions = { strategy: 'read_write', bufferSize: 10_000, atomic: false }
    const flags = [
      ...touching(small, destination),
      ...inject('pread64', 'EINTR', '2..3'),
      ...inject('pwrite64', 'EINTR', '5'),
    ]
    const [interrupted] = (await traced([{ source: small, destination, options }], flags)) as [Traced]
    whole(destination, small)
    expect(interrupted.said).toMatchObject({
      strategy: 'read_write',
      bytes: 100_000,
      syscalls: interrupted.counts,
    })
    expect(interrupted.counts).toMatchObject({ pwrite64: 11 })
  })
})
