// What probe says, held against what the system says and what copies do. Its shape: strategies.test.ts.

import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Capabilities, copyFile, probe, type Strategy } from '../index'
import { random } from './support/bytes'
import { saidIn } from './support/child'
import { nativeStrategies as strategies } from './support/native-strategies'
import { mountOf, scratch } from './support/place'
import { isRoot, mounts, skip } from './support/skip'

jest.setTimeout(60_000)

const directory = scratch('probe')
const at = (name: string) => join(directory, name)

/** What the mount table says of a mount of the runner's: the last that lies there is the one on top. */
function mountLine(name: string): { fileSystem: string; device: string } {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
  const words = lines.filter((each) => each[4] === mountOf(name)).at(-1) as string[]
  const [fileSystem, device] = words.slice(words.indexOf('-') + 1) as [string, string]
  return { fileSystem, device }
}

const MOUNTS: [name: string, reflink: boolean][] = [
  ['ext4', false],
  ['xfs', true],
  ['xfs-noreflink', false],
  ['btrfs', true],
  ['tmpfs', false],
]

if (mounts === undefined) skip('probe of each file system', "it needs the runner's mounts")

for (const [name, reflink] of MOUNTS) {
  const mount = mountOf(name)
  if (mount !== null) describe(name, () => onMount(name, reflink, scratch('probe', mount)))
}

function onMount(name: string, reflink: boolean, place: string) {
  let found: Capabilities
  beforeAll(async () => {
    found = await probe(place)
  })

  test('is what the mount table says, and shares extents or not', () => {
    expect(found.path).toEqual({ ...mountLine(name), reflink, holes: true })
    expect(found.strategies.reflink.available).toBe(reflink ? 'yes' : 'unsupported')
  })

  test('each strategy does what it says', async () => {
    const [source, to] = [join(place, 'source'), join(place, 'to')]
    writeFileSync(source, random(1, 100_000))
    for (const strategy of strategies) {
      const { available, cpuCopies, reason } = found.strategies[strategy]
      rmSync(to, { force: true }) // of what was there before, FIEMAP may tell older extents
      const outcome = await copyFile(source, to, { strategy }).catch((error) => error)
      if (outcome instanceof Error) {
        expect([strategy, available]).toEqual([strategy, 'unsupported'])
        expect(outcome).toMatchObject({
          code: 'ERR_STRATEGY_UNAVAILABLE',
          message: expect.stringContaining(reason as string),
        })
      } else {
        expect([strategy, available, outcome.cpuCopies.count]).toEqual([strategy, 'yes', cpuCopies.count])
      }
    }
    rmSync(to, { force: true })
  })

  test('of a file, a link and a URL is that of their place', async () => {
    writeFileSync(join(place, 'file'), '')
    symlinkSync(place, join(directory, `to-${name}`))
    for (const where of [
      join(place, 'file'),
      at(`to-${name}`),
      pathToFileURL(place),
      Buffer.from(`${place}/.`),
    ]) {
      expect(await probe(where)).toEqual(found)
    }
  })

  test('leaves nothing behind', () => {
    expect(readdirSync(place).sort()).toEqual(['file', 'source'])
  })

  test('where a plain user may not write, what depends on trying is unknown', async () => {
    const shut = join(place, 'shut')
    mkdirSync(shut)
    chmodSync(place, 0o755)
    chmodSync(shut, 0o555)
    const { path, strategies: all } = await asUser(shut)
    expect(path).toEqual({
      ...mountLine(name),
      reflink: reflink || name === 'xfs-noreflink' ? null : false,
      holes: null,
    })
    expect(all.reflink.available).toBe(path?.reflink === null ? 'unknown' : 'unsupported')
    expect(all.reflink.reason).toEqual(expect.any(String))
    for (const strategy of ['read_write', 'sendfile', 'splice', 'mmap_write'] as const) {
      expect(all[strategy].available).toBe('yes')
    }
  })
}

/** Without root's rights: they are dropped where this process has them. */
async function asUser(where: string): Promise<Capabilities> {
  const drop = isRoot ? 'process.setgroups([]); process.setgid(65534); process.setuid(65534);' : ''
  const [found] = await saidIn<Capabilities>(`${drop} say(await probe(args[0]).catch(seen))`, {
    args: [where],
  })
  return found as Capabilities
}

describe('probe', () => {
  test('without a path knows the machine, and not what depends on a file system', async () => {
    const found = await probe()
    expect(found).toMatchObject({
      native: true,
      platform: 'linux',
      kernel: release(),
      path: null,
      route: null,
    })
    expect(found.strategies.reflink).toMatchObject({
      available: 'unknown',
      reason: expect.stringMatching(/file system/),
    })
    expect(found.strategies.copy_file_range.available).toBe('yes')
    expect(found.strategies.read_write).toEqual({
      available: 'yes',
      reason: null,
      cpuCopies: { count: 2, basis: expect.any(String) },
    })
  })

  test('of a relative path, and of none of the file systems on disk', async () => {
    expect((await probe('.')).path).toEqual((await probe(process.cwd())).path)
    expect((await probe('package.json')).path).toEqual((await probe(process.cwd())).path)
    for (const [place, fileSystem] of [
      ['/proc', 'proc'],
      ['/sys', 'sysfs'],
    ] as const) {
      expect((await probe(place)).path).toMatchObject({ fileSystem, reflink: false, holes: null })
    }
  })

  test.each([
    ['nothing', '/nope', 'ENOENT'],
    ['nothing in a directory', at('no/such'), 'ENOENT'],
    ['a link that leads nowhere', at('dangling'), 'ENOENT'],
    ['a file as directory', '/etc/passwd/below', 'ENOTDIR'],
    ['an empty path', '', 'ENOENT'],
  ])('of %s is an error', async (_what, where, code) => {
    if (where === at('dangling')) symlinkSync('nowhere', where)
    await expect(probe(where)).rejects.toMatchObject({
      name: 'ZeroCopyError',
      code,
      syscall: 'probe',
      path: where,
    })
  })

  test('of a directory that a plain user may not enter is EACCES', async () => {
    mkdirSync(at('locked'))
    mkdirSync(at('locked/inner'))
    chmodSync(directory, 0o755)
    chmodSync(at('locked'), 0)
    expect(await asUser(at('locked/inner'))).toMatchObject({ code: 'EACCES', errno: -13 })
    chmodSync(at('locked'), 0o700)
  })

  test('many at once are all alike', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => probe(directory)))
    for (const each of all) expect(each).toEqual(all[0])
  })
})

describe('ZERO_COPY_RS_DISABLE', () => {
  const env = { ZERO_COPY_RS_DISABLE: ' copy_file_range,splice,, teleport' }
  const [source, to] = [at('source'), at('to')]
  beforeAll(() => writeFileSync(source, random(1, 100_000)))

  test('makes strategies avoided in what probe says', async () => {
    const [found, here] = await saidIn<Capabilities>('say(await probe()); say(await probe(args[0]))', {
      env,
      args: [directory],
    })
    for (const { strategies: all } of [found, here] as Capabilities[]) {
      const names = (Object.keys(all) as Strategy[]).filter((name) => all[name].available === 'avoided')
      expect(names).toEqual(['copy_file_range', 'splice'])
      for (const name of names) expect(all[name].reason).toMatch(/ZERO_COPY_RS_DISABLE/)
    }
  })

  test('auto goes on without them and says so; by name they are an error before anything is touched', async () => {
    const [report, splice, list] = await saidIn<Record<string, unknown>>(
      `say(await copyFile(args[0], args[1]))
      fs.writeFileSync(args[1], 'old content')
      say(await copyFile(args[0], args[1], { strategy: 'splice' }).catch(seen))
      try { copyFileSync(args[0], args[1], { strategy: ['splice', 'copy_file_range'] }) } catch (error) { say(seen(error)) }`,
      { env, args: [source, to] },
    )
    const avoided = expect.objectContaining({
      strategy: 'copy_file_range',
      outcome: 'avoided',
      reason: expect.stringMatching(/ZERO_COPY_RS_DISABLE/),
    })
    expect(report).toMatchObject({ bytes: 100_000, attempts: expect.arrayContaining([avoided]) })
    expect(report?.syscalls).not.toHaveProperty('copy_file_range')
    for (const error of [splice, list]) {
      expect(error).toMatchObject({
        code: 'ERR_STRATEGY_UNAVAILABLE',
        message: expect.stringMatching(/ZERO_COPY_RS_DISABLE/),
        bytes: 0,
      })
    }
    expect(readFileSync(to, 'utf8')).toBe('old content')
  })

  test('with all of them nothing is left', async () => {
    const all = { ZERO_COPY_RS_DISABLE: strategies.join() }
    const [error] = await saidIn(`say(await copyFile(args[0], args[1]).catch(seen))`, {
      env: all,
      args: [source, at('none')],
    })
    expect(error).toMatchObject({ code: 'ERR_STRATEGY_UNAVAILABLE', bytes: 0 })
    expect(readdirSync(directory)).not.toContain('none')
  })
})
