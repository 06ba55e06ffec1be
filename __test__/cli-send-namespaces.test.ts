// @once
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TransferReport } from '../index'
import { saidError } from './cli-peers'
import { PROGRAM, start } from './cli-program'
import { random } from './support/bytes'
import { scratch } from './support/place'
import { isInstalled, isRoot, mounts, skip } from './support/skip'

const dir = scratch('cli-namespaces')
const bytes = random(2, 2_000_003)
writeFileSync(join(dir, 'a'), bytes)

/** Two network namespaces with a cable between them; they are gone with the processes that hold them. */
class Namespaces {
  private constructor(
    private readonly left: ChildProcess,
    private readonly right: ChildProcess,
  ) {}

  static async connected(): Promise<Namespaces> {
    const [left, right] = await Promise.all([holder(), holder()])
    const both = new Namespaces(left, right)
    const inside = (pid: number | undefined, line: string) =>
      execFileSync('nsenter', ['-t', `${pid}`, '-n', 'sh', '-ec', line])
    inside(left.pid, `ip link add cable type veth peer name cable netns ${right.pid}`)
    for (const [{ pid }, last] of [
      [left, 1],
      [right, 2],
    ] as const) {
      inside(
        pid,
        `ip address add 10.77.0.${last}/24 dev cable
        ip address add fd77::${last}/64 dev cable nodad
        ip link set lo up
        ip link set cable up`,
      )
    }
    return both
  }

  run(side: 'left' | 'right', args: string[]) {
    const inside = ['-t', `${this[side].pid}`, '-n', process.execPath, PROGRAM, ...args]
    return start('nsenter', inside, { cwd: dir })
  }

  close(): void {
    this.left.kill()
    this.right.kill()
  }
}

/** It says so when it is in a namespace of its own, and stays until it is told to go. */
async function holder(): Promise<ChildProcess> {
  const child = spawn('unshare', ['-n', 'sh', '-c', 'echo; exec cat'])
  child.once('error', () => {})
  await once(child.stdout, 'data')
  return child
}

const MISSING = ['ip', 'nsenter', 'unshare'].filter((program) => !isInstalled(program))

if (!isRoot || MISSING.length > 0) {
  // The runner's second user says nothing: root ran it before.
  if (isRoot || mounts === undefined) {
    const why = isRoot ? `${MISSING.join(', ')} not installed` : 'only root can make what it needs'
    skip('send and receive between two network namespaces', why)
  }
  test('is skipped', () => {})
} else {
  describe('from one network namespace to another', () => {
    let spaces: Namespaces
    beforeAll(async () => {
      spaces = await Namespaces.connected()
    })
    afterAll(() => spaces.close())
    afterEach(() => rmSync(join(dir, 'b')))

    test.each([
      ['1', '10.77.0.2', '10.77.0.2:8080'],
      ['2', '10.77.0.2', '10.77.0.2:8080'],
      ['3', '10.77.0.2', '10.77.0.2:8080'],
      ['splice', '10.77.0.2', '10.77.0.2:8080'],
      ['3', 'fd77::2', '[fd77::2]:8080'],
    ])('with -m %s -b 128 to %s', async (mode, ip, where) => {
      const receive = spaces.run('right', ['receive', '-H', ip, '-o', 'b', '--json'])
      const receiving = receive.ended()
      await saidError(receive, /\nzero-copy-rs: anybody who reaches (\S+) can write b\n/)
      const sending = await spaces
        .run('left', ['send', 'a', '-i', ip, '-m', mode, '-b', '128', '--json'])
        .ended()
      expect(sending).toMatchObject({ status: 0 })
      const report: TransferReport & { to: string } = JSON.parse(sending.stdout)
      expect(report).toMatchObject({ bytes: bytes.length, to: where })
      // veth gathers: what is handed over by reference is copied by nobody.
      expect(report.cpuCopies.count).toBe({ '1': 2, '2': 1 }[mode] ?? 0)
      expect(await receiving).toMatchObject({ status: 0 })
      expect(readFileSync(join(dir, 'b')).equals(bytes)).toBe(true)
    })
  })
}
