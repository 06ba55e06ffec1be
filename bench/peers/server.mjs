// A server in Node whose every answer is a file, or a part of one: natively or through streams.
//
//     node server.mjs sendFile|pipeline ADDRESS ITEMS
//
// ITEMS is a list in JSON: `{ path, start?, length? }`; a client's byte '0' asks for the first, '1' for the second. Prints
// its port; answers every line with what it has used so far.

import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { converse } from './converse.mjs'

const { sendFile } = createRequire(import.meta.url)('../../dist/index.js')

const ways = {
  sendFile: (socket, { path, start: offset, length }) => sendFile(socket, path, { offset, length }),
  pipeline: (socket, { path, start = 0, length = Number.POSITIVE_INFINITY }) =>
    pipeline(createReadStream(path, { start, end: start + length - 1 }), socket, { end: false }),
}

const [way, address, items] = process.argv.slice(2)
const answer = ways[way]
const known = JSON.parse(items)

const server = createServer((socket) => {
  let answered = Promise.resolve()
  // each pipeline that leaves its destination open leaves a listener there, too
  if (way === 'pipeline') socket.setMaxListeners(0)
  socket.on('error', () => {}) // a client that has enough goes
  socket.on('data', (asked) => {
    for (const byte of asked) answered = answered.then(() => answer(socket, known[byte - 48]))
    answered.catch((error) => {
      if (!socket.destroyed) throw error
    })
  })
})
server.listen(0, address, () => converse(server))
