import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from './support/bytes'
import { root, saidIn } from './support/child'
import { scratch } from './support/place'

jest.setTimeout(60_000)

const directory = scratch('out-of-descriptors')
const file = join(directory, 'file')
const content = random(4, 10 << 20)
writeFileSync(file, content)

/** In a process of its own, with few descriptors and then with none. */
const SCRIPT = `
  const [file, to] = args
  const net = require('node:net')
  const { once } = require('node:events')
  const { sendFile, receiveFile, relay } = require(${JSON.stringify(root)})
  const content = fs.readFileSync(file)
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const options = { allowHalfOpen: true, pauseOnConnect: true }
  const pair = () => new Promise((resolve) => {
    const server = net.createServer(options, (peer) => { server.close(); resolve([ours.on('error', () => {}), peer]) }).listen(0)
    const ours = net.connect({ port: server.address().port, allowHalfOpen: true })
  })
  const drained = (socket) => new Promise((resolve) => {
    const chunks = []
    socket.on('data', (chunk) => chunks.push(chunk)).once('end', () => resolve(Buffer.concat(chunks))).resume()
  })
  // what is not whole has no name
  const isMaking = () => fs.readdirSync('/proc/self/fd').some((fd) => {
    try { return fs.readlinkSync('/proc/self/fd/' + fd).startsWith(to + '/#') } catch { return false }
  })
  async function failed(transfer) {
    try { await transfer } catch (error) {
      const { name, message, code, errno, syscall, call, path, dest, bytes } = error
      return { name, message, code, errno, syscall, call, path, dest, bytes }
    }
    throw new Error('it succeeded')
  }
  const under = await Promise.all([pair(), pair(), pair(), pair()])
  const late = await Promise.all([pair(), pair(), pair()])
  const fd = fs.openSync(file)

  // under way, and none can end before its peer does something
  const [[a, readsLater], [b, writesMore], [x, left], [y, right]] = under
  const sent = sendFile(a, file, { end: true })
  await once(readsLater, 'readable')
  const received = receiveFile(b, to + '/whole')
  writesMore.write(content.subarray(0, 1000))
  while (!isMaking()) await turn()
  const relayed = relay(x, y)
  left.write('begun')
  await once(right, 'readable')

  const filler = []
  try { for (;;) filler.push(fs.openSync('/dev/null')) } catch ({ code }) { say(code) }
  const [[p], [q], [r, s]] = late
  say(await failed(sendFile(p, file)))
  say(await failed(sendFile(p, fd)))
  say(await failed(sendFile(p, file, { strategy: 'stream' })))
  say(await failed(receiveFile(q, to + '/none')))
  say(await failed(receiveFile(q, to + '/none', { strategy: 'stream' })))
  say(await failed(relay(r, s)))
  say([p, q, r, s].map((socket) => socket.destroyed))

  const ends = [drained(readsLater), drained(right)]
  writesMore.end(content.subarray(1000))
  left.end(content)
  right.end()
  left.resume()
  const [got, through] = await Promise.all(ends)
  say([got.equals(content), through.equals(Buffer.concat([Buffer.from('begun'), content]))])
  say([(await sent).bytes, (await received).bytes, (await relayed).aToB.bytes])
  for (const each of filler) fs.closeSync(each)
  say((await sendFile(p, file, { length: 10 })).bytes)
  q.destroy()
  late.flat().map((socket) => socket.destroy())
  under.flat().map((socket) => socket.destroy())`

test('no descriptor is left: who needs one hears EMFILE, and the others go on', async () => {
  const to = join(directory, 'to')
  mkdirSync(to)
  const said = await saidIn(SCRIPT, { args: [file, to], command: ['prlimit', '--nofile=120:120'] })
  const emfile = { name: 'ZeroCopyError', code: 'EMFILE', errno: -24, bytes: 0 }
  const words = 'EMFILE: too many open files'
  const send = { ...emfile, syscall: 'sendfile', path: file, message: `${words}, sendfile '${file}'` }
  const none = join(to, 'none')
  const receive = {
    ...emfile,
    syscall: 'receivefile',
    dest: none,
    message: `${words}, receivefile -> '${none}'`,
  }
  expect(said).toEqual([
    'EMFILE',
    { ...send, call: 'fcntl' },
    { ...emfile, syscall: 'sendfile', call: 'fcntl', message: `${words}, sendfile` },
    { ...send, call: 'open' },
    { ...receive, call: 'fcntl' },
    { ...receive, call: 'open' },
    { ...emfile, syscall: 'relay', call: 'fcntl', message: `${words}, relay` },
    // a relay has destroyed both, as on any failure
    [false, false, true, true],
    [true, true],
    [content.length, content.length, content.length + 5],
    10,
  ])
  expect(readdirSync(to)).toEqual(['whole'])
  expect(readFileSync(join(to, 'whole')).equals(content)).toBe(true)
})
