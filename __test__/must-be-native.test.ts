// What must be native on every Node: the strategy, and strace as witness of its calls.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from './support/bytes'
import { root, saidIn } from './support/child'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('must-be-native')
const SIZE = 20 << 20
const file = join(directory, 'file')
writeFileSync(file, random(6, SIZE))
writeFileSync(join(directory, 'small'), random(7, 4096))

const PRELUDE = `
  const [file, directory] = args
  const net = require('node:net')
  const { spawn } = require('node:child_process')
  const { sendFile, receiveFile, relay } = require(${JSON.stringify(root)})
  const pair = (path) => new Promise((resolve) => {
    const options = { allowHalfOpen: true, pauseOnConnect: true }
    const server = net.createServer(options, (peer) => { server.close(); resolve([ours, peer]) })
    server.listen(path ?? 0)
    const ours = net.connect({ ...(path ? { path } : { port: server.address().port }), allowHalfOpen: true })
  })
  const moved = ({ strategy, bytes, syscalls }) => ({ strategy, bytes, syscalls })
`

/** What makes both ends, nth of their kind. */
const ENDS: Record<string, string> = {
  'a TCP socket': 'const [ours, peer] = await pair()',
  'a UNIX socket': "const [ours, peer] = await pair(directory + '/socket-' + process.pid + n)",
  "a child's stdin and stdout":
    "const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] }); const [ours, peer] = [child.stdin, child.stdout]",
}

interface Moved {
  strategy: string
  bytes: number
  syscalls: Record<string, number>
}

/** What a process of its own said of the transfers that it made, and how many calls of that name strace saw. */
async function traced(call: string, body: string): Promise<[Moved[], number]> {
  const trace = join(directory, `trace-${call}`)
  const strace = ['strace', '-f', '-b', 'execve', '-q', '-o', trace, '-e', `trace=${call}`]
  const args = [file, directory]
  const reports = await saidIn<Moved>(`${PRELUDE}; ${body}; process.exit()`, { args, command: strace })
  const calls = readFileSync(trace, 'utf8').split('\n')
  return [reports, calls.filter((line) => new RegExp(`^\\d+ +${call}\\(`).test(line)).length]
}

const counted = (reports: Moved[], call: string) =>
  reports.reduce((sum, { syscalls }) => sum + (syscalls[call] ?? 0), 0)

test.each(Object.entries(ENDS))('to %s: large, small, a range', async (_name, ends) => {
  const [reports, seen] = await traced(
    'sendfile',
    `const small = directory + '/small'
    for (const [n, [path, options]] of [[file], [small], [file, { offset: 7, length: 1e6 }], [small, { offset: 1 }]].entries()) {
      ${ends}
      peer.resume()
      say(moved(await sendFile(ours, path, { ...options, end: true })))
    }`,
  )
  expect(reports.map(({ bytes }) => bytes)).toEqual([SIZE, 4096, 1e6, 4095])
  for (const { strategy, syscalls } of reports) {
    expect(strategy).toBe('sendfile')
    expect(syscalls.sendfile).toBeGreaterThan(0)
  }
  expect(seen).toBe(counted(reports, 'sendfile'))
})

test.each(Object.entries(ENDS))('from %s: large, small, a length', async (_name, ends) => {
  const [reports, seen] = await traced(
    'splice',
    `for (const [n, [size, options]] of [[${SIZE}], [4096], [1e6, { length: 500_000 }]].entries()) {
      ${ends}
      ours.on('error', () => {}).end(fs.readFileSync(file).subarray(0, size))
      say(moved(await receiveFile(peer, directory + '/to', options)))
      peer.destroy()
    }`,
  )
  expect(reports.map(({ bytes }) => bytes)).toEqual([SIZE, 4096, 500_000])
  for (const { strategy, syscalls } of reports) {
    expect(strategy).toBe('splice')
    expect(syscalls.splice).toBeGreaterThan(0)
  }
  expect(seen).toBe(counted(reports, 'splice'))
})

test('between sockets of both families, both ways', async () => {
  const [reports, seen] = await traced(
    'splice',
    `const path = (n) => directory + '/between-' + n
    for (const [n, [one, other]] of [[], [path(0), path(1)], [undefined, path(2)]].entries()) {
      const [[x, a], [b, y]] = [await pair(one), await pair(other)]
      x.resume().end('z'.repeat(1e6))
      y.resume().end('y')
      const { aToB, bToA } = await relay(a, b)
      for (const report of [aToB, bToA]) say(moved(report))
    }`,
  )
  expect(reports.map(({ strategy, bytes }) => [strategy, bytes])).toEqual(
    Array(3)
      .fill([
        ['splice', 1e6],
        ['splice', 1],
      ])
      .flat(),
  )
  expect(seen).toBe(counted(reports, 'splice'))
})
