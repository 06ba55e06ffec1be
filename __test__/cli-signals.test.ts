import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { constants, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { startProgram } from './cli-program'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-cli-signals-'))
const at = (name: string) => join(dir, name)
afterAll(() => rmSync(dir, { recursive: true }))

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

beforeAll(() => {
  // no hole, which would be skipped
  writeFileSync(at('source'), Buffer.alloc(64 * 1024 ** 2))
})

/** A FIFO that holds what a pipe holds, and then keeps its writer waiting. Resolves when it has been written to. */
function stuckFifo(name: string): { written: Promise<unknown>; close: () => void } {
  execFileSync('mkfifo', [at(name)])
  // For both, so that the read end is not at its end before there is a writer.
  const fd = openSync(at(name), constants.O_RDWR | constants.O_NONBLOCK)
  const reader = new Socket({ fd, readable: true, writable: false })
  const written = once(reader, 'data').then(() => reader.pause())
  return { written, close: () => reader.destroy() }
}

/** Whether it has a file here open, besides its source: one without a name, or with one. */
function isWriting(pid: number | undefined): boolean {
  const files = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return '' // closed meanwhile
    }
  })
  return files.some((file) => file.startsWith(`${dir}/`) && file !== at('source'))
}

describe.each(SIGNALS)('%s', (name) => {
  test('ends a copy that waits, by that very signal', async () => {
    const fifo = stuckFifo(`fifo-${name}`)
    const copy = startProgram(['copy', 'source', `fifo-${name}`], { cwd: dir })
    await fifo.written
    copy.child.kill(name)
    const { status, signal, stdout, stderr } = await copy.ended()
    fifo.close()
    expect({ status, signal, stdout }).toEqual({ status: null, signal: name, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^zero-copy-rs: stopped by ${name} after \\d+ bytes\n$`))
  })

  test('ends a copy in the middle, of which nothing is left', async () => {
    // A hundred million system calls would take a minute.
    const args = ['copy', 'source', `new-${name}`, '-m', '1', '-b', '1', '--json']
    const copy = startProgram(args, { cwd: dir })
    while (!isWriting(copy.child.pid)) await setImmediate()
    copy.child.kill(name)
    const { status, signal, stdout } = await copy.ended()
    expect({ status, signal }).toEqual({ status: null, signal: name })
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ABORT_ERR', bytes: expect.any(Number) } })
    expect(readdirSync(dir).filter((file) => !file.startsWith('fifo'))).toEqual(['source'])
  })
})

test('two signals are as one: the second does not cut the cleaning up short', async () => {
  const fifo = stuckFifo('fifo')
  const copy = startProgram(['copy', 'source', 'fifo'], { cwd: dir })
  await fifo.written
  // Both are there before the program can look at either.
  copy.child.kill('SIGSTOP')
  copy.child.kill('SIGINT')
  copy.child.kill('SIGTERM')
  copy.child.kill('SIGCONT')
  const { signal, stderr } = await copy.ended()
  fifo.close()
  expect(['SIGINT', 'SIGTERM']).toContain(signal)
  expect(stderr).toMatch(new RegExp(`^zero-copy-rs: stopped by ${signal} after \\d+ bytes\n$`))
})
