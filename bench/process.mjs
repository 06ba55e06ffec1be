// A program under way that is talked to: a line of JSON from it is an answer, a line to it a question.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * Starts a program. It ends with us, whatever happens to us: who waits for a peer would wait for ever.
 *
 * @returns `answer()`, the next line, parsed; `tell(text)`, which sends a line; `ask(text)`, which does both; `end()`, which
 *   closes its standard input and waits until it is gone. Whoever waits gets its failure.
 */
export function start(...words) {
  const [command, ...rest] = ['setpriv', '--pdeathsig', 'KILL', ...words.map(String)]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const gone = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => (code === 0 ? resolve() : reject(failed(words, code ?? signal))))
  })
  gone.catch(() => {}) // told to who waits
  const answer = async () => {
    const { value, done } = await lines.next()
    if (!done) return JSON.parse(value)
    await gone
    throw failed(words, 'no answer')
  }
  const tell = (text) => child.stdin.write(`${text}\n`)
  return {
    answer,
    tell,
    ask: (text) => {
      tell(text)
      return answer()
    },
    end: () => {
      child.stdin.end()
      return gone
    },
  }
}

function failed(words, why) {
  return new Error(`${words.join(' ')}: ${why}`)
}
