// A relay in Node: connects whoever comes to a backend, natively or through streams.
//
//     node relay.mjs relay|pipe ADDRESS BACKEND_PORT
//
// Prints its port; answers every line with what it has used so far.

import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { converse } from './converse.mjs'

const { relay } = createRequire(import.meta.url)('../../dist/index.js')

const ways = {
  relay,
  pipe: (a, b) => {
    a.pipe(b)
    b.pipe(a)
  },
}

const [way, address, backend] = process.argv.slice(2)
const between = ways[way]

const server = createServer({ allowHalfOpen: true, pauseOnConnect: way === 'relay' }, (a) => {
  const b = connect({ host: address, port: Number(backend), allowHalfOpen: true })
  for (const socket of [a, b]) socket.on('error', (error) => console.error(error))
  between(a, b)
})
server.listen(0, address, () => converse(server))
