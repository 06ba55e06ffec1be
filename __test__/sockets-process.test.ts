import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from './support/bytes'
import { inChild, root, said, saidIn } from './support/child'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('sockets-process')
const SIZE = 20 << 20
const file = join(directory, 'file')
writeFileSync(file, random(6, SIZE))

/** Both ends in one process. */
const PRELUDE = `
  const [file, directory] = args
  const net = require('node:net')
  const { once } = require('node:events')
  const { sendFile, receiveFile, relay } = require(${JSON.stringify(root)})
  const pair = (path) => new Promise((resolve) => {
    const options = { allowHalfOpen: true, pauseOnConnect: true }
    const server = net.createServer(options, (peer) => { server.close(); resolve([ours, peer]) })
    server.listen(path ?? 0)
    const ours = net.connect({ ...(path ? { path } : { port: server.address().port }), allowHalfOpen: true })
  })
  const moved = ({ strategy, bytes, syscalls }) => ({ strategy, bytes, syscalls })
`

test('however many transfers wait, one timer looks after their sockets', async () => {
  const script = `${PRELUDE}
    let timers = 0
    require('node:async_hooks').createHook({ init: (_id, type) => { if (type === 'Timeout') timers++ } }).enable()
    const pairs = []
    for (let n = 0; n < 10; n++) pairs.push(await pair())
    const before = timers
    const sent = pairs.map(([ours]) => sendFile(ours, file, { end: true }))
    const readable = ([, peer]) => new Promise((resolve) => peer.once('readable', resolve))
    await Promise.all(pairs.map(readable))
    say(timers - before)
    for (const [, peer] of pairs) peer.resume()
    say((await Promise.all(sent)).every(({ strategy, bytes }) => strategy === 'sendfile' && bytes === ${SIZE}))
    process.exit()`
  const child = await inChild(script, { args: [file, directory] })
  expect(child.stderr).toBe('')
  expect(said(child)).toEqual([1, true])
})

/** In place there is a name to be removed; a whole file has none before its end. */
const FATES = [
  ['false', 1],
  ["'auto'", 0],
] as const

test.each(FATES)(
  'process.exit in the middle of everything leaves no file and hangs nowhere (atomic: %s)',
  async (atomic, names) => {
    const empty = join(directory, 'exit')
    mkdirSync(empty, { recursive: true })
    const script = `${PRELUDE}
    let came = 0
    const onProgress = ({ bytes }) => { came = bytes }
    const [[a, b], [c, d], [e, f], [g, h]] = await Promise.all([pair(), pair(), pair(), pair()])
    sendFile(a, file)
    receiveFile(c, directory + '/exit/to', { atomic: ${atomic}, onProgress, progressIntervalMs: 1 })
    relay(e, g)
    d.write(Buffer.alloc(1e6))
    f.write(Buffer.alloc(1e6))
    await once(b, 'readable')
    while (came === 0) await new Promise(setImmediate)
    say(fs.readdirSync(directory + '/exit').length)
    process.exit(7)`
    const child = await inChild(script, { args: [file, directory] })
    expect(child).toMatchObject({ status: 7, stderr: '', signal: null })
    expect(said(child)).toEqual([names])
    expect(readdirSync(empty)).toEqual([])
  },
)

test.each(FATES)(
  'a worker thread that ends in the middle: nothing is left, and the process goes on (atomic: %s)',
  async (atomic, names) => {
    const empty = join(directory, 'worker')
    mkdirSync(empty, { recursive: true })
    // the peers live in the main thread: what a worker's own end closes in an orderly way is a whole stream
    const inside = `
    const fs = require('node:fs')
    const { parentPort, workerData: { args, port } } = require('node:worker_threads')
    ;(async () => { ${PRELUDE}
      const dial = () => net.connect({ port, allowHalfOpen: true })
      const [a, b, c, d] = [dial(), dial(), dial(), dial()]
      sendFile(a, file)
      let came = 0
      const onProgress = ({ bytes }) => { came = bytes }
      receiveFile(b, directory + '/worker/to', { atomic: ${atomic}, onProgress, progressIntervalMs: 1 })
      relay(c, d)
      while (came === 0) await new Promise(setImmediate)
      parentPort.postMessage(fs.readdirSync(directory + '/worker').length)
    })()`
    const script = `${PRELUDE}
    const { Worker } = require('node:worker_threads')
    const count = () => fs.readdirSync('/proc/self/fd').length
    let before
    for (let n = 0; n < 5; n++) {
      const closed = []
      const server = net.createServer({ allowHalfOpen: true }, (peer) => {
        peer.write(Buffer.alloc(1e6))
        peer.pause().on('error', () => {})
        closed.push(new Promise((resolve) => peer.on('close', resolve)))
        closed.peers = [...(closed.peers ?? []), peer]
      }).listen(0)
      const { port } = server.address()
      const worker = new Worker(${JSON.stringify(inside)}, { eval: true, workerData: { args, port } })
      const [names] = await once(worker, 'message')
      if (names !== ${names}) throw new Error(names + ' names')
      await worker.terminate()
      closed.peers.map((peer) => peer.destroy())
      await Promise.all(closed)
      await new Promise((resolve) => server.close(resolve))
      before ??= count()
    }
    say([count() - before, fs.readdirSync(directory + '/worker')])
    const [ours, peer] = await pair()
    peer.resume()
    say((await sendFile(ours, file, { end: true })).bytes)
    peer.destroy()`
    expect(await saidIn(script, { args: [file, directory] })).toEqual([[0, []], SIZE])
  },
)

test('a worker thread sends, receives and relays natively', async () => {
  const script = `
    const { Worker, isMainThread } = require('node:worker_threads')
    const body = ${JSON.stringify(`(async () => { ${PRELUDE}
      const { parentPort } = require('node:worker_threads')
      const [[ours, a], [b, peer]] = [await pair(), await pair()]
      const all = [relay(a, b), receiveFile(peer, directory + '/by-worker').then((it) => (peer.end(), it)), sendFile(ours, file, { end: true })]
      ours.resume()
      const [{ aToB }, received, sent] = await Promise.all(all)
      parentPort.postMessage([sent, received, aToB].map(moved).map(({ strategy, bytes }) => [strategy, bytes]))
    })()`)}
    const prelude = 'const fs = require("node:fs"); const { args } = require("node:worker_threads").workerData;'
    const worker = new Worker(prelude + body, { eval: true, workerData: { args } })
    worker.on('message', say)
    await new Promise((resolve) => worker.on('exit', resolve))
    say(fs.readFileSync(args[0]).equals(fs.readFileSync(args[1] + '/by-worker')))`
  expect(await saidIn(script, { args: [file, directory] })).toEqual([
    [
      ['sendfile', SIZE],
      ['splice', SIZE],
      ['splice', SIZE],
    ],
    true,
  ])
})

test('nothing keeps the process alive once a transfer is over, and a transfer under way does', async () => {
  const script = `${PRELUDE}
    const [ours, peer] = await pair()
    ours.unref()
    peer.unref()
    const sent = sendFile(ours, file, { onProgress() {}, progressIntervalMs: 3600_000, signal: new AbortController().signal })
    let got = 0
    peer.on('data', (chunk) => { got += chunk.length }).resume()
    await sent
    say('sent')`
  expect(await saidIn(script, { args: [file, directory] })).toEqual(['sent'])
})

test("Node's permission model is asked before a file is touched", async () => {
  const major = Number(process.versions.node.split('.')[0])
  const flags = [
    major < 23 ? '--experimental-permission' : '--permission',
    `--allow-fs-read=${root}`,
    '--allow-addons',
    '--no-warnings',
  ]
  if (major >= 25) flags.push('--allow-net')
  const script = `${PRELUDE}
    const [ours] = await pair()
    say(await sendFile(ours, file).catch(({ code, permission }) => [code, permission]))
    say(await receiveFile(ours, directory + '/denied').catch(({ code, permission }) => [code, permission]))
    say([ours.destroyed])
    process.exit()`
  const [sent, received, gone] = await saidIn(script, { args: [file, directory], flags })
  expect(sent).toEqual(['ERR_ACCESS_DENIED', 'FileSystemRead'])
  expect(received).toEqual(['ERR_ACCESS_DENIED', 'FileSystemWrite'])
  expect(gone).toEqual([false])
})
