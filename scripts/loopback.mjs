// A file sent over loopback and received again, by each strategy that can write a socket.

import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'

const require = createRequire(import.meta.url)
const { receiveFile, sendFile } = require('../dist/index.js')

/** Calls `tell` with each strategy's report, or with its error where it can't; answers when all is over. */
export async function sendOverLoopback({ source, destination, bytes, strategies, signal, tell }) {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    for (const strategy of strategies) {
      const report = await send(server, source, destination, { strategy, signal, end: true })
      if (!(report instanceof Error) && !readFileSync(destination).equals(bytes)) {
        throw new Error(`what came by ${strategy} is not what was sent`)
      }
      tell(strategy, report)
    }
  } finally {
    rmSync(destination, { force: true })
    server.close()
  }
}

/** The sender's report, or why the strategy is not to be had. */
async function send(server, source, destination, options) {
  const socket = connect(server.address().port, '127.0.0.1')
  const [peer] = await once(server, 'connection')
  const sending = sendFile(socket, source, options).finally(() => socket.end())
  const receiving = receiveFile(peer, destination, { signal: options.signal }).finally(() => peer.end())
  const [sent, received] = await Promise.allSettled([sending, receiving])
  if (sent.reason?.code === 'ERR_STRATEGY_UNAVAILABLE') return sent.reason
  for (const { reason } of [sent, received]) if (reason !== undefined) throw reason
  return sent.value
}
