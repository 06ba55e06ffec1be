import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from './support/bytes'
import { root, saidIn } from './support/child'
import { scratch } from './support/place'
import { isInstalled, isRoot, skip } from './support/skip'

const isLong = process.env.ZERO_COPY_RS_TEST_LONG !== undefined
jest.setTimeout(isLong ? 300_000 : 60_000)

const CLIENTS = 2000
const ROUNDS = isLong ? 3 : 1
/** More than the kernel takes from a sender whose peer does not read. */
const SIZE = 400_001
const directory = scratch('slow-clients')
const file = join(directory, 'file')
writeFileSync(file, random(9, SIZE))

/** Both ends of each connection are in processes of their own; a duplicate and the file are ours meanwhile. */
const DESCRIPTORS = CLIENTS * 3 + 200

/** Reads nothing until it is told, then a little now and then; says how many got every byte, and nothing else. */
const CLIENT = `
  const [port, count, file] = process.argv.slice(1)
  const net = require('node:net')
  const content = require('node:fs').readFileSync(file)
  const connected = () => new Promise((resolve, reject) => {
    const socket = net.connect({ port: Number(port), host: '127.0.0.1', highWaterMark: 16384 }).pause()
    socket.once('connect', () => resolve(socket)).once('error', reject)
  })
  const slowly = (socket, n) => new Promise((resolve) => {
    let [at, exact] = [0, true]
    socket.on('data', (chunk) => {
      exact &&= chunk.equals(content.subarray(at, at + chunk.length))
      at += chunk.length
      socket.pause()
      setTimeout(() => socket.resume(), (n * 7 + at) % 50)
    })
    socket.on('end', () => resolve(exact && at === content.length)).on('error', () => resolve(false)).resume()
  })
  ;(async () => {
    const sockets = []
    while (sockets.length < count) sockets.push(...await Promise.all(Array.from({ length: 100 }, connected)))
    console.log('connected')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    const all = await Promise.all(sockets.map(slowly))
    console.log(all.filter(Boolean).length)
    process.exit()
  })()`

const SERVER = `
  const [file, count, rounds, client] = args
  const net = require('node:net')
  const { once } = require('node:events')
  const { spawn } = require('node:child_process')
  const { sendFile } = require(${JSON.stringify(root)})
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const count_ = (what) => fs.readdirSync('/proc/self/' + what).length
  const named = (name) => fs.readdirSync('/proc/self/task')
    .filter((id) => fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8') === name + '\\n').length
  async function round(clients) {
    const sent = []
    let arrived = 0
    const server = net.createServer((socket) => {
      arrived++
      sendFile(socket.resume(), file, { end: true }).then(({ strategy, bytes }) => sent.push(strategy + bytes), ({ code }) => sent.push(code))
    }).listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
    await once(server, 'listening')
    const child = spawn(process.execPath, ['-e', client, server.address().port, clients, file], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdout.setEncoding('utf8')
    await once(child.stdout, 'data')
    while (arrived < clients) await turn()
    const meanwhile = { sent: sent.length, threads: count_('task'), reactors: named('zero-copy-io') }
    child.stdin.write('go')
    const [[whole]] = await Promise.all([once(child.stdout, 'data'), once(child, 'close')])
    while (sent.length < clients) await turn()
    await new Promise((resolve) => server.close(resolve))
    return { ...meanwhile, whole: Number(whole), ways: [...new Set(sent)] }
  }
  await round(100) // what is made once is there
  const before = count_('fd')
  for (let n = 0; n < rounds; n++) {
    const found = await round(Number(count))
    while (count_('fd') > before) await turn()
    say({ ...found, open: count_('fd') - before })
  }`

/** As root in a network of its own, whose sockets have little room: otherwise the kernel takes megabytes of each. */
const NARROW = [
  'unshare',
  '-n',
  'sh',
  '-ec',
  `ip link set lo up
  echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_wmem
  echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_rmem
  exec "$@"`,
  'sh',
]
const isNarrow = isRoot && ['unshare', 'ip'].every(isInstalled)
const limit = Number(/^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
const allowed = ['prlimit', `--nofile=${DESCRIPTORS}:${Math.max(limit, DESCRIPTORS)}`]

const NAME = '2,000 slow clients at once: every byte, a bounded number of threads, nothing left open'

test(NAME, async () => {
  if (limit < DESCRIPTORS && !isRoot) return skip(NAME, `no more than ${limit} descriptors are allowed`)
  if (!isNarrow) skip('2,000 slow clients that all wait at once', 'only root can make a network of its own')
  const found = await saidIn(SERVER, {
    args: [file, `${CLIENTS}`, `${ROUNDS}`, CLIENT],
    command: [...allowed, ...(isNarrow ? NARROW : [])],
  })
  expect(found).toEqual(
    Array(ROUNDS).fill({
      sent: isNarrow ? 0 : expect.any(Number),
      threads: expect.any(Number),
      reactors: 1,
      whole: CLIENTS,
      ways: [`sendfile${SIZE}`],
      open: 0,
    }),
  )
  for (const { threads } of found as { threads: number }[]) expect(threads).toBeLessThanOrEqual(16)
})
