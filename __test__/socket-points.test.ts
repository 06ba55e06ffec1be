// Peers that reset, that are done writing, or that fall silent, each at many points of a transfer.

import { existsSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type RelayReport, receiveFile, relay, sendFile, type ZeroCopyError } from '../index'
import { difference, random } from './support/bytes'
import { scratch } from './support/place'
import { bytesFrom, closeAll, closing, drained, tcp, unlike } from './support/sockets'

jest.setTimeout(20_000)

const directory = scratch('socket-points')
const SIZE = 10 << 20
const content = random(11, SIZE)
const file = join(directory, 'file')
writeFileSync(file, content)
afterEach(closeAll)

const POINTS = [0, 1, 65_536, 1_000_000, 5_000_001]
const GONE = ['ECONNRESET', 'EPIPE']

async function failed(transfer: Promise<unknown>): Promise<ZeroCopyError> {
  return transfer.then(
    () => {
      throw new Error('it succeeded')
    },
    (error) => error,
  )
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()))
}

describe.each(POINTS)('after %i bytes', (point) => {
  describe.each([undefined, 'stream'] as const)('by %p', (strategy) => {
    test('a receiver that resets is an error, and the socket is gone', async () => {
      const { ours, peer } = await tcp()
      const sent = failed(sendFile(ours, file, { strategy }))
      await bytesFrom(peer, point)
      peer.resetAndDestroy()
      const { code, bytes } = await sent
      expect(GONE).toContain(code)
      expect(bytes).toBeGreaterThanOrEqual(point === 0 || strategy === 'stream' ? 0 : point)
      expect(bytes).toBeLessThan(SIZE)
      expect(ours.destroyed).toBe(true)
    })

    test('a receiver that is done writing gets the rest', async () => {
      const { ours, peer } = await tcp()
      const sent = sendFile(ours, file, { strategy, end: true })
      const first = await bytesFrom(peer, point)
      peer.end()
      expect(unlike(Buffer.concat([first, await drained(peer)]), content)).toBeNull()
      expect(await sent).toMatchObject({ bytes: SIZE })
    })

    test('a sender that is done writing has sent the file, and can be answered', async () => {
      const { ours, peer } = await tcp()
      const [to, answer] = [join(directory, `half-${strategy}-${point}`), drained(peer)]
      const received = receiveFile(ours, to, { strategy })
      await write(peer, content.subarray(0, point))
      peer.end()
      expect(await received).toMatchObject({ bytes: point, atomic: true })
      expect(difference(to, content.subarray(0, point))).toBeNull()
      ours.end('thanks')
      expect(`${await answer}`).toBe('thanks')
    })
  })

  test('a sender that resets is ECONNRESET, and there is no file', async () => {
    const { ours, peer } = await tcp()
    const to = join(directory, `reset-${point}`)
    const received = failed(receiveFile(ours, to))
    await write(peer, content.subarray(0, point))
    peer.resetAndDestroy()
    expect(await received).toMatchObject({ code: 'ECONNRESET', syscall: 'receivefile', dest: to })
    expect(existsSync(to)).toBe(false)
  })

  /** What one side sends first; the relay is between `a`, whose peer is the client, and `b`, whose peer is the server. */
  async function relayed(): Promise<{
    ends: Socket[]
    client: Socket
    server: Socket
    report: Promise<RelayReport>
  }> {
    const [{ ours: a, peer: client }, { ours: b, peer: server }] = [await tcp(), await tcp()]
    for (const each of [client, server]) each.on('error', () => {})
    const report = relay(a, b)
    report.catch(() => {})
    const got = bytesFrom(server, point)
    await write(client, content.subarray(0, point))
    expect(unlike(await got, content.subarray(0, point))).toBeNull()
    return { ends: [a, b], client, server, report }
  }

  test.each(['client', 'server'] as const)(
    'a relay whose %s resets fails, and destroys both',
    async (who) => {
      const { ends, report, ...peers } = await relayed()
      const other = closing(who === 'client' ? peers.server : peers.client)
      peers[who === 'client' ? 'server' : 'client'].resume()
      peers[who].resetAndDestroy()
      expect(GONE).toContain((await failed(report)).code)
      expect(ends.map(({ destroyed }) => destroyed)).toEqual([true, true])
      await other
    },
  )

  test('a relay whose client is done writing brings it the whole answer', async () => {
    const { client, server, report } = await relayed()
    client.end()
    const answer = drained(client)
    expect((await drained(server)).length).toBe(0)
    server.end(content)
    expect(unlike(await answer, content)).toBeNull()
    const { aToB, bToA } = await report
    expect([aToB.bytes, bToA.bytes]).toEqual([point, SIZE])
  })
})

/** Three times as long as the timeout `bytes` go in small steps, and then no more. */
async function stalls(ours: Socket, step: () => Promise<unknown>): Promise<boolean> {
  let stalled = false
  const timedOut = new Promise<boolean>((resolve) => {
    ours.setTimeout(300, () => {
      resolve(stalled)
      ours.destroy()
    })
  })
  for (const end = performance.now() + 900; performance.now() < end; ) {
    await step()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  stalled = true
  return timedOut
}

describe('a socket timeout sees progress, and catches a peer that falls silent,', () => {
  test.each([undefined, 'stream'] as const)('of a receive by %p', async (strategy) => {
    const { ours, peer } = await tcp()
    const received = failed(receiveFile(ours, join(directory, 'silent'), { strategy }))
    expect(await stalls(ours, () => write(peer, content.subarray(0, 1000)))).toBe(true)
    expect(await received).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
    expect(existsSync(join(directory, 'silent'))).toBe(false)
  })

  test('of a relay', async () => {
    const [{ ours: a, peer: client }, { ours: b, peer: server }] = [await tcp(), await tcp()]
    const report = failed(relay(a, b))
    server.on('error', () => {}).resume()
    client.on('error', () => {})
    expect(await stalls(b, () => write(client, content.subarray(0, 1000)))).toBe(true)
    expect(await report).toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
    expect(a.destroyed).toBe(true)
  })
})
