// A disk that is really full, seen by the threads that write for the reactor.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ReceiveOptions, receiveFile, sendFile, type ZeroCopyError } from '../index'
import { difference, random } from './support/bytes'
import { descriptors } from './support/descriptors'
import { mountOf, scratch } from './support/place'
import { isRoot, mounts, skip } from './support/skip'
import { bytesFrom, closeAll, closing, drained, tcp, unlike } from './support/sockets'

jest.setTimeout(60_000)

/** More than there is room for. */
const content = random(6, 20 << 20)

/** File systems with room for a part of it, and what the kernel says when that is used. */
const DISKS: [string, string, (at: string) => void][] = [
  ['a full tmpfs', 'ENOSPC', (at) => run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', at)],
  [
    'a full ext4',
    'ENOSPC',
    (at) => {
      const image = `${at}.image`
      run('truncate', '-s', '12M', image)
      run('mkfs.ext4', '-q', '-F', image)
      run('mount', '-o', 'loop', image, at)
      rmSync(image)
    },
  ],
  [
    'a used-up quota of btrfs',
    'EDQUOT',
    (at) => {
      run('truncate', '-s', '200M', `${at}.image`)
      run('mkfs.btrfs', '-q', `${at}.image`)
      run('mount', '-o', 'loop', `${at}.image`, at)
      rmSync(`${at}.image`)
      run('btrfs', 'quota', 'enable', at)
      run('btrfs', 'qgroup', 'limit', '4M', at)
    },
  ],
]

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** The runner's second user says nothing: root ran it before. */
const canMount = mounts !== undefined && isRoot
if (mounts === undefined) skip('a full disk', 'it needs the mount namespace of `npm test`')
test('is skipped where nothing can be mounted', () => {})

if (canMount) {
  const directory = scratch('full-disk', mountOf('tmpfs') ?? undefined)
  const source = join(directory, 'source')
  writeFileSync(source, content)
  afterEach(closeAll)

  describe.each(DISKS)('%s', (name, code, make) => {
    const small = join(directory, name.replaceAll(' ', '-'))
    const to = join(small, 'old')
    beforeAll(() => {
      mkdirSync(small)
      make(small)
      writeFileSync(to, 'old')
    })
    afterAll(() => run('umount', small))

    const WAYS: [ReceiveOptions][] = [
      [{}],
      [{ strategy: 'read_write' }],
      [{ strategy: 'stream' }],
      [{ atomic: false }],
      [{ length: content.length }],
    ]
    test.each(WAYS)(
      '%j: that is the error, nothing is left behind, and the peer is told',
      async (options) => {
        const isInPlace = options.atomic === false
        const target = isInPlace ? join(small, 'new') : to
        const names = readdirSync(small)
        const { ours, peer } = await tcp()
        const told = closing(peer)
        peer.end(content)
        const error: ZeroCopyError = await receiveFile(ours, target, options).then(
          () => {
            throw new Error('there was room')
          },
          (error) => error,
        )
        const strategy = options.strategy ?? 'splice'
        expect(error).toMatchObject({
          name: 'ZeroCopyError',
          code,
          errno: { ENOSPC: -28, EDQUOT: -122 }[code],
          syscall: 'receivefile',
          call: { splice: 'splice', read_write: 'pwrite64', stream: 'write' }[strategy as 'splice'],
          dest: target,
          strategy,
        })
        expect(error.message).toMatch(
          new RegExp(
            `^${code}: (no space left on device|.*quota exceeded), receivefile -> '${target}'$`,
            'i',
          ),
        )
        expect(error).not.toHaveProperty('path')
        expect(error.bytes).toBeGreaterThan(0)
        expect(error.bytes).toBeLessThan(content.length)
        expect(error.attempts.at(-1)).toMatchObject({ strategy, outcome: 'failed', bytes: error.bytes })
        expect(ours.destroyed).toBe(true)
        expect(await told).toMatch(/^(ECONNRESET|EPIPE)$/)
        expect(readdirSync(small)).toEqual(names)
        expect(readFileSync(to, 'utf8')).toBe('old')
      },
    )

    test('other transfers go on, and there is room again', async () => {
      const before = descriptors().length
      const room = statfsSync(small).bavail
      const [sending, receiving, full, next] = [await tcp(), await tcp(), await tcp(), await tcp()]
      // both have begun, and neither can end before the disk is full
      const sent = sendFile(sending.ours, source, { end: true })
      const first = await bytesFrom(sending.peer, 1)
      const received = receiveFile(receiving.ours, join(directory, 'whole'))
      receiving.peer.write(content.subarray(0, 1 << 20))
      full.peer.on('error', () => {}).end(content)
      await expect(receiveFile(full.ours, to)).rejects.toMatchObject({ code })
      receiving.peer.end(content.subarray(1 << 20))
      expect(unlike(Buffer.concat([first, await drained(sending.peer)]), content)).toBeNull()
      expect((await sent).bytes).toBe(content.length)
      expect(await received).toMatchObject({ bytes: content.length, atomic: true })
      expect(difference(join(directory, 'whole'), content)).toBeNull()
      run('sync', '-f', small)
      next.peer.end(content.subarray(0, 1 << 20))
      await receiveFile(next.ours, join(small, 'fits'))
      expect(difference(join(small, 'fits'), content.subarray(0, 1 << 20))).toBeNull()
      rmSync(join(small, 'fits'))
      run('sync', '-f', small)
      expect(statfsSync(small).bavail).toBeGreaterThanOrEqual(room - 16)
      const sockets = [sending, receiving, full, next].flatMap(({ ours, peer }) => [ours, peer])
      await Promise.all(sockets.map((socket) => closing(socket.destroy())))
      expect(descriptors().length).toBe(before)
    })
  })
}
