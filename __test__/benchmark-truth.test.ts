// @once
// The experiment's system calls, as strace counts them, are those of its receipts, run by run.

import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchmarkResult } from '../index'
import { root, saidIn } from './support/child'
import { mountOf, scratch } from './support/place'
import { isInstalled, skip } from './support/skip'

jest.setTimeout(90_000)

const MOVING =
  'pread64,pwrite64,read,write,sendfile,copy_file_range,splice,ioctl,lseek,fallocate,preadv2,sendto,sendmsg'

interface Traced {
  /** When its destination was made. */
  time: number
  counts: Record<string, number>
  /** What was done between the closing of the destination and the next copy. */
  after: string[]
}

/** Each copy: from the making of what becomes the destination to its closing, on the thread that made it. */
function copiesIn(trace: string): Traced[] {
  const copies: Traced[] = []
  let open: Traced | null = null
  let number = ''
  for (const line of trace.split('\n')) {
    // 1700000000.123456 openat(17</tmp/...>, ".", O_RDWR|O_CLOEXEC|O_TMPFILE, 0600) = 18</tmp/.../#1 (deleted)>
    const [, time, call, rest = ''] = /^([\d.]+) (\w+)\((.*)/.exec(line) ?? []
    const made = call === 'openat' && /O_TMPFILE.*= (\d+)</.exec(rest)?.[1]
    if (made) {
      number = made
      open = { time: Number(time), counts: {}, after: [] }
    } else if (call === 'close' && rest.startsWith(`${number}<`) && open !== null) {
      copies.push(open)
      open = null
    } else if (call?.startsWith('unlink') && rest.includes('/destination"')) {
      copies.at(-1)?.after.push('unlink')
    } else if (call === 'syncfs') {
      copies.at(-1)?.after.push(call)
    } else if (call !== undefined && open !== null && MOVING.split(',').includes(call)) {
      if (call !== 'ioctl' || rest.includes('FICLONE')) open.counts[call] = (open.counts[call] ?? 0) + 1
    }
  }
  return copies
}

async function traced(
  where: string,
  options: object,
): Promise<{ result: BenchmarkResult; copies: Traced[] }> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'zero-copy-rs-strace-')))
  const calls = `trace=openat,close,unlink,unlinkat,syncfs,${MOVING}`
  const command = ['strace', '-f', '-ff', '-ttt', '--seccomp-bpf', '-y', '-q', '-s', '0', '-e', calls, '-o']
  const script = `const { benchmark } = require(${JSON.stringify(root)})
    say(await benchmark(JSON.parse(args[0])))`
  try {
    const args = [JSON.stringify({ where, ...options })]
    const [result] = await saidIn<BenchmarkResult>(script, {
      args,
      command: [...command, join(directory, 'trace')],
    })
    const texts = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'))
    const copies = texts.flatMap(copiesIn).sort((a, b) => a.time - b.time)
    return { result: result as BenchmarkResult, copies }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const here = scratch('benchmark-truth')
const xfs = mountOf('xfs')
const there = xfs === null ? null : scratch('benchmark-truth', xfs)

if (!isInstalled('strace')) skip('the system calls of a benchmark', 'strace is not installed')
else {
  test('the experiment makes the calls that its receipts count', async () => {
    const strategies = ['read_write', 'mmap_write', 'sendfile', 'copy_file_range', 'splice', 'auto']
    const options = { size: 100_000, buffers: [32, 64, 128, 256, 512], iterations: 2, strategies }
    const { result, copies } = await traced(here, options)
    expect(result.complete).toBe(true)
    expect(copies.map(({ counts }) => counts)).toEqual(result.samples.map(({ report }) => report.syscalls))
    for (const { after } of copies) expect(after).toEqual(['unlink', 'syncfs'])
    for (const { strategy, bufferSize, syscalls } of result.rows) {
      const calls = Math.ceil(100_000 / (bufferSize ?? 1))
      if (strategy === 'read_write') expect(syscalls).toEqual({ pread64: calls, pwrite64: calls })
      if (strategy === 'mmap_write') expect(syscalls).toEqual({ pwrite64: calls })
    }
  })

  if (there === null) skip('the system calls of a benchmark with reflinks', 'there is no xfs')
  else {
    test('also where extents are shared', async () => {
      const strategies = ['reflink', 'auto', 'copy_file_range']
      const { result, copies } = await traced(there, {
        size: 100_000,
        iterations: 2,
        strategies,
      })
      expect(copies.map(({ counts }) => counts)).toEqual(result.samples.map(({ report }) => report.syscalls))
      expect(result.rows.map(({ unavailable }) => unavailable)).toEqual([null, null, null])
      expect(result.auto.picks).toBe('reflink')
    })
  }
}
