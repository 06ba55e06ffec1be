// @once
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Capabilities, TransferReport } from '../index'
import { saidError } from './cli-peers'
import { random } from './support/bytes'
import { canHaveNamespaces, Namespaces } from './support/namespaces'
import { scratch } from './support/place'

const dir = scratch('cli-namespaces')
const bytes = random(2, 2_000_003)
writeFileSync(join(dir, 'a'), bytes)

if (!canHaveNamespaces('send and receive between two network namespaces')) {
  test('is skipped', () => {})
} else {
  let spaces: Namespaces
  beforeAll(async () => {
    spaces = await Namespaces.connected()
  })
  afterAll(() => spaces.close())

  /** From one namespace to the other: what `send` said with --json. */
  async function sent(ip: string, ...options: string[]): Promise<TransferReport & { to: string }> {
    const receive = spaces.run('right', ['receive', '-H', ip, '-o', 'b', '--json'], dir)
    const receiving = receive.ended()
    await saidError(receive, /\nzero-copy-rs: anybody who reaches (\S+) can write b\n/)
    const sending = await spaces.run('left', ['send', 'a', '-i', ip, ...options, '--json'], dir).ended()
    expect(sending).toMatchObject({ status: 0 })
    expect(await receiving).toMatchObject({ status: 0 })
    expect(readFileSync(join(dir, 'b')).equals(bytes)).toBe(true)
    rmSync(join(dir, 'b'))
    return JSON.parse(sending.stdout)
  }

  describe('from one network namespace to another', () => {
    test.each([
      ['1', '10.77.0.2', '10.77.0.2:8080'],
      ['2', '10.77.0.2', '10.77.0.2:8080'],
      ['3', '10.77.0.2', '10.77.0.2:8080'],
      ['splice', '10.77.0.2', '10.77.0.2:8080'],
      ['3', 'fd77::2', '[fd77::2]:8080'],
      ['3', 'fe80::77:2%cable', '[fe80::77:2%cable]:8080'],
    ])('with -m %s -b 128 to %s', async (mode, ip, where) => {
      const report = await sent(ip, '-m', mode, '-b', '128')
      expect(report).toMatchObject({ bytes: bytes.length, to: where })
      // veth gathers: what is handed over by reference is copied by nobody.
      expect(report.cpuCopies.count).toBe({ '1': 2, '2': 1 }[mode] ?? 0)
    })
  })

  describe('probe --host', () => {
    afterEach(() => spaces.shell('left', 'ethtool -K cable sg on'))

    test.each(['10.77.0.2', 'fd77::2', 'fe80::77:2%cable'])(
      'says of %s what ethtool says of the device, and the receipt of a send agrees',
      async (host) => {
        for (const state of ['on', 'off']) {
          spaces.shell('left', `ethtool -K cable sg ${state}`)
          const { stdout, status } = await spaces
            .run('left', ['probe', '--host', host, '--json'], dir)
            .ended()
          expect(status).toBe(0)
          const { route, strategies }: Capabilities = JSON.parse(stdout)
          const address = host.replace('%cable', '')
          expect(route).toMatchObject({ address, interface: 'cable', scatterGather: state === 'on' })
          const copies = state === 'on' ? 0 : 1
          expect(strategies.sendfile.cpuCopies.count).toBe(copies)
          const report = await sent(host, '-m', 'sendfile')
          expect(report.cpuCopies).toEqual(strategies.sendfile.cpuCopies)
        }
      },
    )

    test('says in its table what a device without scatter-gather costs', async () => {
      spaces.shell('left', 'ethtool -K cable sg off')
      const { stdout } = await spaces.run('left', ['probe', '--host', '10.77.0.2'], dir).ended()
      expect(stdout).toMatch(/^scatter-gather {4}no$/m)
      expect(stdout).toMatch(/│ sendfile +│ yes +│ 1 /)
    })
  })

  describe('over a slow link', () => {
    beforeAll(() => {
      for (const side of ['left', 'right'] as const) {
        spaces.shell(side, 'tc qdisc add dev cable root tbf rate 50mbit burst 64kb latency 100ms')
      }
    })

    test.each([
      ['1', '10.77.0.2'],
      ['3', 'fd77::2'],
      ['splice', 'fe80::77:2%cable'],
    ])('with -m %s to %s: every byte', async (mode, ip) => {
      const report = await sent(ip, '-m', mode, '-b', '64K')
      expect(report.bytes).toBe(bytes.length)
    })
  })
}
