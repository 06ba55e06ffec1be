import { execFileSync } from 'node:child_process'
import { constants, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Running, startOnTerminal, startProgram } from './cli-program'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-cli-progress-'))
const at = (name: string) => join(dir, name)
const SIZE = 50_000_000

beforeAll(() => {
  writeFileSync(at('source'), '')
  truncateSync(at('source'), SIZE)
})
afterAll(() => rmSync(dir, { recursive: true }))

/** What one look at the bar is: share, bytes, rate, time left. */
const BAR = /\[[=-]{24}\] \d+%, [\d.]+ [kM]?B of 50\.0 MB, [\d.]+ [kMG]?B\/s, [\w. ]+ left/

/** Every control character but line ends; or a percentage. */
const DRAWN = /(?![\r\n])\p{Cc}|%/u
const CLEARED = '\x1b[2K'

/** A FIFO without a reader refuses its writer; with one that does not read, the writer waits. */
function fifoOf(name: string): { drain: () => void } {
  execFileSync('mkfifo', [at(name)])
  const fd = openSync(at(name), constants.O_RDONLY | constants.O_NONBLOCK)
  return { drain: () => void new Socket({ fd, readable: true, writable: false }).resume() }
}

function seen(running: Running, text: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => text.test(running.stdout) && resolve()
    running.child.stdout?.on('data', look)
    running.child.once('close', () => reject(new Error(`it ended: ${running.stdout}`)))
  })
}

test('a terminal gets a bar with rate and time left, on standard error, which is gone at the end', async () => {
  const fifo = fifoOf('bar')
  const line = 'stty cols 100; "$node" "$program" copy source bar >receipt'
  const copy = startOnTerminal(line, { cwd: dir })
  const ended = copy.ended()
  await seen(copy, BAR)
  fifo.drain()
  const { status, stdout } = await ended
  expect(status).toBe(0)
  expect(stdout).not.toMatch(/sendfile|\n/) // only the bar, which stays on its line
  expect(stdout.endsWith(CLEARED)).toBe(true)
  expect(execFileSync('head', ['-1', at('receipt')], { encoding: 'utf8' })).toMatch(/ = \d+\.\d{3} sec\n$/)
})

test('a narrow terminal gets as much of it as fits', async () => {
  const fifo = fifoOf('narrow')
  const copy = startOnTerminal('stty cols 30; "$node" "$program" copy source narrow', { cwd: dir })
  const ended = copy.ended()
  await seen(copy, /\[[=-]{24}\] \d%/)
  fifo.drain()
  const { stdout } = await ended
  expect(stdout).not.toMatch(BAR)
})

test('a signal clears it before it says why', async () => {
  fifoOf('stopped')
  const line = 'stty cols 100; "$node" "$program" copy source stopped & echo "pid $!."; wait $!'
  const copy = startOnTerminal(line, { cwd: dir })
  const ended = copy.ended()
  await seen(copy, BAR)
  process.kill(Number(/pid (\d+)\./.exec(copy.stdout)?.[1]), 'SIGTERM')
  const { status, stdout } = await ended
  expect(status).toBe(143)
  expect(stdout.slice(stdout.lastIndexOf(CLEARED) + CLEARED.length)).toMatch(
    /^zero-copy-rs: stopped by SIGTERM after \d+ bytes\r\n/,
  )
})

describe('there is none', () => {
  test.each(['--quiet', '--json'])('with %s', async (flag) => {
    const { status, stdout } = await startOnTerminal(`"$node" "$program" copy source to -m 1 -b 64 ${flag}`, {
      cwd: dir,
    }).ended()
    expect(status).toBe(0)
    expect(stdout).not.toMatch(DRAWN)
    if (flag === '--json') expect(JSON.parse(stdout)).toMatchObject({ bytes: SIZE })
  })

  test('on a terminal that can draw none', async () => {
    const line = '"$node" "$program" copy source to -m 1 -b 64'
    const { status, stdout } = await startOnTerminal(line, { cwd: dir, env: { TERM: 'dumb' } }).ended()
    expect(status).toBe(0)
    expect(stdout).toMatch(/^read\/write = /)
  })

  test('where standard error is piped', async () => {
    const args = ['copy', 'source', 'to', '-m', '1', '-b', '64']
    expect(await startProgram(args, { cwd: dir }).ended()).toMatchObject({ status: 0, stderr: '' })
  })

  test('for a copy that is over at once', async () => {
    const line = '"$node" "$program" copy source to --length 1'
    const { stdout } = await startOnTerminal(line, { cwd: dir }).ended()
    expect(stdout).not.toMatch(DRAWN)
  })
})
