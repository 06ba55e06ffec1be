// @once
// What goes wrong on Bun and Deno is what goes wrong on Node.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { receiveFile } from '../index'
import { random } from './support/bytes'
import { scratch } from './support/place'
import { installed, Runtime, withPeer } from './support/runtimes'
import { bytesFrom } from './support/sockets'

jest.setTimeout(60_000)

const directory = scratch('bun-deno-failures')
const at = (name: string) => join(directory, name)
const SIZE = 20 << 20
const content = random(8, SIZE)
writeFileSync(at('file'), content)

test('is skipped where neither is installed', () => {})

for (const name of installed())
  describe(`on ${name}`, () => {
    const runtime = new Runtime(name, at(name))
    const saidBy = <T>(body: string, port = '') => runtime.said<T>(body, [directory, port])

    test('errors are as on Node, and leave the socket usable where nothing was sent', async () => {
      const said = await saidBy<object>(`
      const [ours, peer] = await pair()
      const got = drained(peer)
      say(await failed(sendFile(ours, '/nope')))
      say(await failed(sendFile(ours, file, { offset: content.length + 1 })))
      say(await failed(sendFile(ours, file, { strategy: 'reflink' })))
      say(await failed(receiveFile(ours, '/nope/to')))
      say(await failed(receiveFile(ours, at('to'), { strategy: 'splice' })))
      ours.end('still there')
      say(String(await got))
      ours.destroy()
      peer.destroy()
      say(await failed(sendFile(ours, file)))
      say(await failed(sendFile(new net.Socket(), file)))
      say(await failed(relay(ours, peer)))
      say(fs.existsSync(at('to')))`)
      const message = "ENOENT: no such file or directory, sendfile '/nope'"
      const unavailable = { code: 'ERR_STRATEGY_UNAVAILABLE' }
      const closed = { name: 'ZeroCopyError', code: 'ERR_SOCKET_CLOSED' }
      expect(said).toMatchObject([
        { name: 'ZeroCopyError', code: 'ENOENT', errno: -2, syscall: 'sendfile', path: '/nope', message },
        { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' },
        { ...unavailable, strategy: 'reflink' },
        { code: 'ENOENT', syscall: 'receivefile' },
        {
          ...unavailable,
          strategy: 'splice',
          attempts: [{ outcome: 'avoided', reason: expect.stringContaining(name) }],
        },
        'still there',
        closed,
        closed,
        closed,
        false,
      ])
      const frames = said.map((each) => (each as { frames?: number }).frames ?? 1)
      expect(Math.min(...frames)).toBeGreaterThan(0)
    })

    test('an abort says how far it was, and closes what it held', async () => {
      const said = await saidBy<{ bytes: number }>(`
      const count = () => fs.readdirSync('/proc/self/fd').length
      let before
      for (let n = 0; n < 30; n++) {
        const [ours, peer] = await (n % 2 ? pair() : pair(at('aborted-${name}')))
        const controller = new AbortController()
        const { signal } = controller
        const sent = failed(sendFile(ours, file, { signal }))
        const received = failed(receiveFile(ours, at('aborted'), { signal }))
        peer.write('begun')
        await once(peer, 'readable')
        for (let turns = n; turns > 0; turns--) await turn()
        controller.abort()
        const [{ code, name, bytes }, back] = await Promise.all([sent, received])
        if (n === 29) say({ code, name, bytes, back: back.code })
        await Promise.all([ours, peer].map((socket) => new Promise((resolve) => {
          socket.on('error', () => {}).once('close', resolve).destroy()
          if (socket.closed) resolve()
        })))
        if (n === 9) before = count()
      }
      // what stays open, stays every time; Deno opens four of its own when it has time
      say(count() - before < 10)
      say(fs.existsSync(at('aborted')))`)
      expect(said).toEqual([
        { code: 'ABORT_ERR', name: 'AbortError', bytes: expect.any(Number), back: 'ABORT_ERR' },
        true,
        false,
      ])
      expect(said[0]?.bytes).toBeLessThan(SIZE)
    })

    test('a source that shrinks is a reset for the peer, who takes no part for the whole', async () => {
      writeFileSync(at(`shrinks-${name}`), content)
      const received = await withPeer(
        async (socket) => {
          await bytesFrom(socket, 1)
          writeFileSync(at(`shrinks-${name}`), 'short')
          return receiveFile(socket, at('cut')).catch(({ code }) => code)
        },
        async (port) => {
          const script = `const socket = await dial(); say(await failed(sendFile(socket, at('shrinks-${name}')))); say(socket.destroyed)`
          expect(await saidBy(script, port)).toMatchObject([{ code: 'ERR_SOURCE_TRUNCATED' }, true])
        },
      )
      expect(received).toBe('ECONNRESET')
    })

    test('a peer that resets is an error, and the socket is gone', async () => {
      await withPeer(
        async (socket) => {
          await bytesFrom(socket, 1)
          socket.resetAndDestroy()
        },
        async (port) => {
          const script =
            'const socket = await dial(); say(await failed(sendFile(socket, file))); say(socket.destroyed)'
          const [error, gone] = await saidBy<{ code: string; bytes: number }>(script, port)
          expect(['ECONNRESET', 'EPIPE']).toContain(error?.code)
          expect(error?.bytes).toBeLessThan(SIZE)
          expect(gone).toBe(true)
        },
      )
    })
  })
