// @once
// The tables of docs/, held against real receipts and the kernel's own refusals.

import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CopyOptions, copyFileSync, receiveFile, relay, type Strategy, sendFile } from '../index'
import { callsIn, isDirect, measured, page, pages, type Row } from './docs-page'
import { at, places, withMounts } from './docs-places'
import { random } from './support/bytes'
import { root } from './support/child'
import { scratch } from './support/place'
import { isInstalled, isRoot, mounts, skip } from './support/skip'
import { closeAll, drained, tcp, unix } from './support/sockets'

jest.setTimeout(60_000)
afterEach(closeAll)

const SIZE = 10 << 20

/** Calls that a receipt may have beside those that carry the bytes; receipt.md lists them. */
const beside = (of: string) =>
  page('how/receipt.md')
    .rows('beside', 'of', 'why')
    .filter((row) => row.of === of)
    .map((row) => row.beside as string)

function without(counts: Record<string, number>, calls: readonly string[], wanted: object) {
  return Object.fromEntries(
    Object.entries(counts).filter(([call]) => call in wanted || !calls.includes(call)),
  )
}

/** `xfs, offset 100`: the place, and what is asked of the copy. */
function asked(cell: string) {
  const [place = '', ...words] = cell.split(', ')
  const options = Object.fromEntries(words.map((word) => word.split(' ')).map(([key, n]) => [key, Number(n)]))
  const { size = SIZE, cold, ...rest } = options
  return { place, size, isCold: cold !== undefined, options: rest as CopyOptions }
}

/** Fresh, on disk, and in the page cache or not. */
function source(place: string, size: number, isCold = false): string {
  const path = at(place, 'source')
  writeFileSync(path, random(1, size))
  execFileSync('sync', ['-f', path])
  const drop = [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']
  if (isCold) execFileSync('dd', drop)
  return path
}

withMounts('the tables of copies', () => {
  test.each(measured.map((each) => [each.strategy, each.row.from, each.row.to, each]))(
    '%s from %s to %s',
    (_strategy, _from, _to, { strategy, row }) => {
      const { place, size, options } = asked(row.from as string)
      const from = source(place, size)
      const to = at(row.to as string, 'to')
      rmSync(to, { force: true })
      const calls = callsIn(row['system calls'] as string)
      const way = { ...options, strategy, ...(isDirect(strategy) && { durable: true }) }
      if (row.refused !== '') {
        expect(() => copyFileSync(from, to, way)).toThrow(
          expect.objectContaining({
            code: 'ERR_STRATEGY_UNAVAILABLE',
            cause: expect.objectContaining({ code: row.refused }),
            attempts: [
              expect.objectContaining({ strategy, outcome: 'refused', syscall: Object.keys(calls)[0] }),
            ],
          }),
        )
        return
      }
      const report = copyFileSync(from, to, way)
      expect(report).toMatchObject({ strategy, cpuCopies: { count: Number(row['CPU copies']) } })
      if (row['system calls'] !== '') expect(without(report.syscalls, beside('files'), calls)).toEqual(calls)
    },
  )

  test('a cold source is read from its device, a hot one not, and a cloned one not at all', () => {
    const rows = page('how/receipt.md').rows('source', 'by', 'deviceReads')
    const found = rows.map((row) => {
      const { place, isCold } = asked((row.source as string).replace(', hot', '').replace('cold', 'cold 1'))
      const to = at(place, 'to')
      rmSync(to, { force: true })
      const from = source(place, SIZE, isCold)
      const { deviceReads } = copyFileSync(from, to, { strategy: row.by as Strategy })
      return { ...row, deviceReads: deviceReads === null ? 'null' : shareOf(deviceReads) }
    })
    expect(found).toEqual(rows)
    expect(rows).toHaveLength(6)
  })
})

/** Metadata is read, too. */
function shareOf(bytes: number): string {
  const METADATA = 128 << 10
  if (bytes <= METADATA) return 'none'
  return bytes >= SIZE && bytes <= SIZE + METADATA ? 'all' : `${bytes}`
}

describe('the tables of transfers over sockets', () => {
  const directory = scratch('docs-sockets', places.get('ext4'))
  // a socket's name has 107 bytes at most: not below the mounts
  const near = scratch('docs-unix')
  const [from, to] = [join(directory, 'from'), join(directory, 'to')]
  beforeAll(() => writeFileSync(from, random(2, SIZE)))

  async function made({ what, by }: Row) {
    const strategy = by as Strategy
    const [verb, transport] = (what as string).split(', ')
    const { ours, peer } = await (transport === 'unix' ? unix(near) : tcp())
    if (verb === 'send') {
      peer.resume()
      return sendFile(ours, from, { strategy })
    }
    ours.end(random(3, SIZE))
    if (verb === 'receive') return receiveFile(peer, to, { strategy })
    const far = await tcp()
    const got = drained(far.peer)
    far.peer.end()
    ours.resume()
    const { aToB } = await relay(peer, far.ours)
    expect(await got).toHaveLength(SIZE)
    return aToB
  }

  const rows = pages.flatMap((each) => each.rows('what', 'by', 'system calls', 'CPU copies'))
  test.each(rows.map((row) => [row.what, row.by, row]))('%s by %s', async (_what, _by, row) => {
    const report = await made(row)
    const copies = row['CPU copies'] === 'unknown' ? null : Number(row['CPU copies'])
    expect(report).toMatchObject({ strategy: row.by, bytes: SIZE, cpuCopies: { count: copies } })
    const calls = callsIn(row['system calls'] as string)
    const found = without(report.syscalls, beside('sockets'), calls)
    expect(Object.keys(found).sort()).toEqual(Object.keys(calls).sort())
  })

  const missing = ['unshare', 'ip', 'ethtool'].filter((program) => !isInstalled(program))
  if (!isRoot) {
    if (mounts === undefined) skip('docs: the table of routes', 'only root can make what it needs')
  } else if (missing.length > 0) skip('docs: the table of routes', `${missing.join(', ')} not installed`)
  else test('the table of routes', () => expectRoutes())
})

/** Each interface is asked in a network namespace of its own. */
function expectRoutes(): void {
  const rows = page('how/sockets.md').rows(
    'interface',
    'scatter-gather',
    'checksum offload',
    'sendfile, splice',
  )
  const found = rows.map((row) => {
    const [interface_, ...features] = (row.interface as string).split(', ')
    const host = interface_ === 'lo' ? '127.0.0.1' : '10.77.0.2'
    const script = `ip link set lo up
      ip link add cable type veth peer name other
      ip address add 10.77.0.1/24 dev cable
      ip link set cable up
      ip link set other up
      ${features.map((feature) => `ethtool -K cable ${feature} >/dev/null`).join('\n')}
      exec "$0" dist/cli.js probe --host ${host} --json`
    const said = execFileSync('unshare', ['-n', 'sh', '-ec', script, process.execPath], { cwd: root })
    const { route, strategies: all } = JSON.parse(said.toString())
    expect(all.splice.cpuCopies.count).toBe(all.sendfile.cpuCopies.count)
    const words = [route.scatterGather, route.checksumOffload].map((has) => (has ? 'yes' : 'no'))
    return [...words, `${all.sendfile.cpuCopies.count}`]
  })
  expect(found).toEqual(rows.map((row) => Object.values(row).slice(1)))
  expect(rows.length).toBeGreaterThan(2)
}

withMounts('the tables of refusals', () => {
  if (!isInstalled('perl')) return skip('docs: the tables of refusals', 'perl is not installed')
  test('are what the kernel answers, and all of it', () => {
    const directories = [...places].map(([name, directory]) => `${name}=${directory}`)
    const script = join(root, 'scripts', 'docs', 'refusals.pl')
    const answers = execFileSync('perl', [script, ...directories], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const rows = pages.flatMap((each) => each.rows('call', 'when', 'errno'))
    expect(rows.map((row) => Object.values(row).join(' | ')).sort()).toEqual(answers.sort())
  })
})
