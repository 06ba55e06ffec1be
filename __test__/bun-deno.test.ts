// @once
// Bun and Deno have node:net's classes with something of their own beneath.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TransferReport } from '../index'
import { random } from './support/bytes'
import { scratch } from './support/place'
import { installed, Runtime, withPeer } from './support/runtimes'
import { bytesFrom, drained, unlike } from './support/sockets'

jest.setTimeout(60_000)

const directory = scratch('bun-deno')
const at = (name: string) => join(directory, name)
const SIZE = 20 << 20
const content = random(8, SIZE)
writeFileSync(at('file'), content)
writeFileSync(at('small'), content.subarray(0, 4096))

test('is skipped where neither is installed', () => {})

for (const name of installed())
  describe(`on ${name}`, () => {
    const runtime = new Runtime(name, at(name))
    const saidBy = <T>(body: string, port = '') => runtime.said<T>(body, [directory, port])
    const isBun = name === 'Bun'
    /** The reason why streams, at both ends of a socket; null: natively. */
    const sending = isBun ? null : 'a socket of Deno has no descriptor that can be relied on'
    const reading = sending ?? 'Bun cannot be kept from reading a socket'

    test('copies are native', async () => {
      const said = await saidBy(`
      say(native)
      say((await copyFile(file, at('copied'))).strategy)
      say(copyFileSync(file, at('copied'), { strategy: 'sendfile' }).bytes)
      const fd = fs.openSync(file)
      const handle = await fs.promises.open(file)
      for (const source of [fd, handle]) say((await copyFile(source, at('copied'), { offset: 1 })).bytes)
      await handle.close()
      fs.closeSync(fd)
      say(content.subarray(1).equals(fs.readFileSync(at('copied'))))`)
      expect(said).toEqual([true, 'copy_file_range', SIZE, SIZE - 1, SIZE - 1, true])
    })

    describe.each(['TCP', 'UNIX'])('over a %s socket', (family) => {
      const make = family === 'TCP' ? 'pair()' : `pair(at('socket-${name}'))`
      const native = { strategy: 'sendfile', reason: null }
      const streamed = (reason: string | null) => ({ strategy: 'stream', reason })

      test('sends', async () => {
        const said = await saidBy<TransferReport>(`
        for (const [path, options] of [[file], [at('small')], [file, { offset: 7, length: 1e6 }]]) {
          const [ours, peer] = await ${make}
          const got = drained(peer)
          say(how(await sendFile(ours, path, { ...options, end: true })))
          const { offset = 0, length = fs.statSync(path).size } = options ?? {}
          say((await got).equals(content.subarray(offset, offset + length)))
          ours.destroy()
          peer.destroy()
        }`)
        const way = isBun ? native : streamed(sending)
        const [all, small, range] = [SIZE, 4096, 1e6].map((bytes) => ({ ...way, bytes }))
        expect(said).toEqual([all, true, small, true, range, true])
      })

      test('receives, and what comes after reaches JavaScript', async () => {
        const said = await saidBy(`
        const [ours, peer] = await ${make}
        peer.end(content)
        say(how(await receiveFile(ours, at('received'), { length: 1e6 })))
        ours.pause()
        const first = fs.readFileSync(at('received'))
        say(how(await receiveFile(ours, at('received'))))
        say(Buffer.concat([first, fs.readFileSync(at('received'))]).equals(content))
        ours.destroy()
        peer.destroy()`)
        const way = streamed(reading)
        expect(said).toEqual([{ ...way, bytes: 1e6 }, { ...way, bytes: SIZE - 1e6 }, true])
      })

      test('relays, with each half-close', async () => {
        const said = await saidBy(`
        const [x, a] = await ${make}
        const [b, y] = await ${make}
        const [there, back] = [drained(y), drained(x)]
        const relayed = relay(a, b)
        x.end(content)
        say((await there).equals(content))
        y.end('and back')
        say(String(await back))
        const { aToB, bToA } = await relayed
        say([how(aToB), bToA.bytes, a.destroyed, b.destroyed])`)
        expect(said).toEqual([true, 'and back', [{ ...streamed(reading), bytes: SIZE }, 8, true, true]])
      })
    })

    test("a child's stdin and stdout go through streams", async () => {
      const said = await saidBy<{ strategy: string; bytes: number; reason: string }>(`
      const { spawn } = require('node:child_process')
      const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] })
      const both = [sendFile(child.stdin, file, { end: true }), receiveFile(child.stdout, at('through-cat'))]
      for (const report of await Promise.all(both)) say(how(report))
      say(fs.readFileSync(at('through-cat')).equals(content))`)
      const way = { strategy: 'stream', bytes: SIZE, reason: expect.any(String) }
      expect(said).toEqual([way, way, true])
    })

    test('what was written before leaves before, what is written meanwhile leaves after', async () => {
      const got = await withPeer(
        async (socket) => {
          // slowly at first: what was written before is still queued when the send is called
          const first = await bytesFrom(socket, 1000)
          const rest = await drained(socket)
          socket.end()
          return Buffer.concat([first, rest])
        },
        (port) =>
          saidBy(
            `const socket = await dial()
          socket.write(content)
          const sent = sendFile(socket, file)
          socket.write('meanwhile')
          await sent
          socket.end('after')
          await once(socket.resume(), 'close')`,
            port,
          ),
      )
      const wanted = Buffer.concat([content, content, Buffer.from('meanwhileafter')])
      expect(unlike(got, wanted)).toBeNull()
    })

    test('a worker thread copies, sends and receives, and may be terminated in the middle', async () => {
      mkdirSync(at(`worker-${name}`))
      const worker = runtime.script(`
      const { parentPort, workerData } = require('node:worker_threads')
      const [ours, peer] = await pair()
      const [sent, received] = [sendFile(ours, workerData + '/file', { end: true }), receiveFile(peer, workerData + '/by-worker')]
      const copied = await copyFile(workerData + '/file', workerData + '/worker-copy')
      parentPort.postMessage([copied, await sent, await received].map(({ bytes }) => bytes))
      const [stalled, silent] = await pair()
      sendFile(stalled, workerData + '/file')
      receiveFile(stalled, workerData + '/worker-${name}/to')
      await once(silent, 'readable')
      silent.write('begun')
      while (fs.readdirSync(workerData + '/worker-${name}').length === 0) await turn()
      parentPort.postMessage('going')`)
      const said = await saidBy(`
      const { Worker } = require('node:worker_threads')
      const worker = new Worker(${JSON.stringify(worker)}, { workerData: directory, argv: [directory] })
      const [bytes] = await once(worker, 'message')
      say(bytes)
      const [going] = await once(worker, 'message')
      say(going)
      await worker.terminate()
      say((await copyFile(file, at('after-worker'))).bytes)`)
      expect(said).toEqual([[SIZE, SIZE, SIZE], 'going', SIZE])
      expect(unlike(readFileSync(at('by-worker')), content)).toBeNull()
      expect(unlike(readFileSync(at('worker-copy')), content)).toBeNull()
    })

    test('process.exit in the middle of everything ends at once', async () => {
      const ended = await runtime.run(
        `const [[a, b], [c, d], [e, f]] = [await pair(), await pair(), await pair()]
      sendFile(a, file)
      receiveFile(c, at('exit-${name}'))
      relay(d, e)
      f.write(content)
      await once(b, 'readable')
      say('going')
      process.exit(7)`,
        [directory],
      )
      expect(ended).toEqual({ status: 7, signal: null, stdout: '"going"\n', stderr: '' })
      expect(readdirSync(directory)).not.toContain(`exit-${name}`)
    })

    if (isBun) {
      test('the receipt of a native send is what strace counts', async () => {
        const trace = at('trace')
        const strace = ['strace', '-f', '--seccomp-bpf', '-q', '-o', trace, '-e', 'trace=sendfile']
        const script = `const [ours, peer] = await pair(); peer.resume(); say((await sendFile(ours, file)).syscalls); process.exit()`
        const [syscalls] = await runtime.said<{ sendfile: number }>(script, [directory], strace)
        const calls = readFileSync(trace, 'utf8')
          .split('\n')
          .filter((line) => /^\d+ +sendfile\(/.test(line))
        expect(calls.length).toBe(syscalls?.sendfile)
      })
    }
  })
