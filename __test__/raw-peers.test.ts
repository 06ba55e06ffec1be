// Peers that know nothing of Node: a shell that has connected, and cat. The raw bytes, and the end of the stream.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { receiveFile, relay, sendFile } from '../index'
import { difference, random } from './support/bytes'
import { scratch } from './support/place'
import { unlike } from './support/sockets'

jest.setTimeout(20_000)

const directory = scratch('raw-peers')
const content = random(10, 5_000_003)
const file = join(directory, 'file')
writeFileSync(file, content)

/** A connection to a shell that runs `line` with it as descriptor 3. */
async function raw(line: string): Promise<{ socket: Socket; ended: Promise<Buffer> }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && ${line}`
  const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = output(child)
  const [socket] = (await once(server, 'connection')) as [Socket]
  server.close()
  return { socket, ended }
}

/** All that it says; it must end well. */
async function output(child: ChildProcess): Promise<Buffer> {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk) => chunks.push(chunk))
  const [status] = await once(child, 'close')
  expect(status).toBe(0)
  return Buffer.concat(chunks)
}

describe.each([undefined, 'stream'] as const)('by %p', (strategy) => {
  test('what is sent is what comes, and then the end', async () => {
    const { socket, ended } = await raw('cat <&3')
    await sendFile(socket, file, { strategy, offset: 1, end: true })
    expect(unlike(await ended, content.subarray(1))).toBeNull()
    socket.destroy()
  })

  test('what comes until the end is what is written', async () => {
    const { socket, ended } = await raw(`cat '${file}' >&3`)
    const to = join(directory, 'received')
    expect(await receiveFile(socket, to, { strategy })).toMatchObject({ bytes: content.length })
    expect(difference(to, content)).toBeNull()
    await ended
    socket.destroy()
  })

  test('a length is what is taken, and the rest reaches JavaScript', async () => {
    const { socket, ended } = await raw(`cat '${file}' >&3`)
    const to = join(directory, 'part')
    await receiveFile(socket, to, { strategy, length: 3_000_000 })
    expect(difference(to, content.subarray(0, 3_000_000))).toBeNull()
    const rest: Buffer[] = []
    for await (const chunk of socket) rest.push(chunk as Buffer)
    expect(unlike(Buffer.concat(rest), content.subarray(3_000_000))).toBeNull()
    await ended
  })
})

test('question and answer over one connection', async () => {
  const { socket, ended } = await raw(`head -c 10 <&3 && head -c 2000000 '${file}' >&3 && cat <&3`)
  await sendFile(socket, file, { length: 10 })
  const to = join(directory, 'answer')
  await receiveFile(socket, to, { length: 2_000_000 })
  expect(difference(to, content.subarray(0, 2_000_000))).toBeNull()
  await sendFile(socket, file, { offset: 10, end: true })
  expect(unlike(await ended, content)).toBeNull()
  socket.destroy()
})

test('a relay between two of them', async () => {
  const [from, to] = await Promise.all([raw(`cat '${file}' >&3`), raw('cat <&3')])
  const relayed = relay(from.socket, to.socket)
  expect(unlike(await to.ended, content)).toBeNull()
  expect((await relayed).aToB).toMatchObject({ strategy: 'splice', bytes: content.length })
  await from.ended
})
