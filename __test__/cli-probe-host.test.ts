import { execFileSync } from 'node:child_process'
import { type AddressInfo, connect, createServer, Socket } from 'node:net'
import { join } from 'node:path'
import { type Capabilities, probe, strategies } from '../index'
import { runProgram } from './cli-program'
import { scratch } from './support/place'
import { isInstalled, isRoot } from './support/skip'

const dir = scratch('cli-probe-host')
const run = (...args: string[]) => runProgram(['probe', ...args], { cwd: dir })

async function answerOf(...args: string[]): Promise<Capabilities> {
  const { status, stdout, stderr } = await run(...args, '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

const LOOPBACK = { address: '127.0.0.1', interface: 'lo', scatterGather: true, checksumOffload: true }

describe.each([
  ['--host', '127.0.0.1'],
  ['--host', '127.0.0.1:8080'],
  ['--host', 'localhost'],
  ['localhost'],
  ['127.0.0.1'],
])('probe %s %s', (...args) => {
  test('answers as probe() does: the route, and what a send would cost there', async () => {
    const answer = await answerOf(...args.filter((each) => each !== undefined))
    expect(answer).toEqual(await probe({ host: '127.0.0.1', port: 8080 }))
    expect(answer).toMatchObject({ native: true, path: null, route: LOOPBACK })
    const counts = Object.entries(answer.strategies).map(([name, { cpuCopies }]) => [name, cpuCopies.count])
    expect(Object.fromEntries(counts)).toEqual({
      read_write: 2,
      mmap_write: 1,
      sendfile: 0,
      copy_file_range: null,
      splice: 0,
      reflink: null,
      direct: null,
      stream: 2,
    })
  })
})

test('IPv6 may be in brackets, and have a port', async () => {
  const route = { ...LOOPBACK, address: '::1' }
  for (const host of ['::1', '[::1]', '[::1]:80'])
    expect(await answerOf('--host', host)).toMatchObject({ route })
})

test('the table has a row for each strategy, then the route', async () => {
  const { status, stdout, stderr } = await run('--host', '127.0.0.1')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  for (const name of strategies) expect(stdout).toContain(`│ ${name} `)
  expect(stdout.split('\n').slice(-6)).toEqual([
    expect.stringMatching(/^kernel {12}linux \S+$/),
    'address           127.0.0.1',
    'interface         lo',
    'scatter-gather    yes',
    'checksum offload  yes',
    '',
  ])
})

test('a name that exists is a path, whatever it could be otherwise', async () => {
  const { path, route } = await answerOf('.')
  expect({ route, fileSystem: path?.fileSystem }).toEqual({ route: null, fileSystem: expect.any(String) })
})

test('an unknown host is one line, and exit status 1', async () => {
  const { status, stdout, stderr } = await run('--host', 'no.such.invalid', '--json')
  expect(stderr).toMatch(/^zero-copy-rs: (ENOTFOUND: unknown host|EAI_AGAIN: .*), probe no\.such\.invalid\n$/)
  expect(status).toBe(1)
  expect(JSON.parse(stdout).error).toMatchObject({ syscall: 'getaddrinfo' })
})

const unshared = isRoot && isInstalled('unshare') ? test : test.skip

unshared('a host that no route leads to is one line, and exit status 1', async () => {
  const program = join(__dirname, '..', 'dist', 'cli.js')
  const args = ['-n', process.execPath, program, 'probe', '--host', '192.0.2.1']
  const said = () => execFileSync('unshare', args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' })
  expect(said).toThrow(
    expect.objectContaining({
      status: 1,
      stderr: 'zero-copy-rs: ENETUNREACH: network is unreachable, probe 192.0.2.1\n',
    }),
  )
})

describe('probe() of a socket', () => {
  test('says where its peer is, once it is connected', async () => {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    expect(await probe(socket)).toMatchObject({ path: null, route: LOOPBACK })
    socket.destroy()
    server.close()
    await expect(probe(socket)).rejects.toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
  })

  test('of this machine alone has no route', async () => {
    const path = join(dir, 'socket')
    const server = createServer((socket) => socket.resume()).listen(path)
    await new Promise((resolve) => server.once('listening', resolve))
    const socket = connect(path)
    expect(await probe(socket)).toMatchObject({ path: null, route: null, native: true })
    socket.destroy()
    server.close()
  })

  test('that was never connected is ERR_SOCKET_CLOSED', async () => {
    await expect(probe(new Socket())).rejects.toMatchObject({ code: 'ERR_SOCKET_CLOSED' })
  })
})

test.each<[object, string]>([
  [{ host: '' }, 'ERR_INVALID_ARG_VALUE'],
  [{ host: 1 }, 'ERR_INVALID_ARG_TYPE'],
  [{ host: '127.0.0.1', port: 65_536 }, 'ERR_OUT_OF_RANGE'],
  [{ host: '127.0.0.1', port: '80' }, 'ERR_INVALID_ARG_TYPE'],
  [{}, 'ERR_INVALID_ARG_TYPE'],
])('probe(%j) is %s', async (where, code) => {
  await expect(probe(where as { host: string })).rejects.toMatchObject({ code })
})
