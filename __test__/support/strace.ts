/** A witness of every system call: copies in a process under strace, which writes a file for each thread. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { CopyOptions, TransferReport } from '../../index'
import { type ChildOptions, saidIn } from './child'

/** What a report would count, if it was made between the opening of the source and the closing of the destination. */
const MOVING = [
  'pread64 pwrite64 read write sendfile copy_file_range splice ioctl lseek fallocate preadv pwritev preadv2',
  'pwritev2 readv writev tee vmsplice sendto sendmsg',
]
  .join(' ')
  .split(' ')

export interface Copy {
  source: string
  destination: string
  options?: CopyOptions
  /** By copyFileSync, so on the main thread. */
  sync?: boolean
}

/** Of an error, what `seen` in child.ts keeps of it. */
export type Said = TransferReport & { code?: string; cause?: string; errno?: number; message?: string }

export interface Traced {
  said: Said
  /** Calls of the thread that copied, while both files were open. */
  counts: Record<string, number>
}

const SCRIPT = `
  for (const { source, destination, options, sync } of JSON.parse(args[0])) {
    const copy = async () => (sync ? copyFileSync : copyFile)(source, destination, options)
    say(await copy().catch(seen))
  }`

/** Makes the copies one after the other, each to a destination of its own. `flags` are further ones of strace's. */
export async function traced(
  copies: readonly Copy[],
  flags: readonly string[] = [],
  options: ChildOptions = {},
): Promise<Traced[]> {
  const directory = mkdtempSync(join(tmpdir(), 'zero-copy-rs-strace-'))
  const calls = `trace=openat,close,${MOVING.join()}`
  const strace = [
    'strace',
    '-f',
    '-ff',
    '--seccomp-bpf',
    '-y',
    '-q',
    '-o',
    join(directory, 'trace'),
    '-e',
    calls,
  ]
  try {
    const args = [JSON.stringify(copies)]
    const all = await saidIn<Said>(SCRIPT, { ...options, args, command: [...strace, ...flags] })
    const threads = readdirSync(directory).map((name) =>
      readFileSync(join(directory, name), 'utf8').split('\n'),
    )
    return copies.map((copy, i) => ({ said: all[i] as Said, counts: countsOf(copy, threads, copies) }))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function countsOf(
  { source, destination }: Copy,
  threads: readonly string[][],
  copies: readonly Copy[],
): Record<string, number> {
  // `-y` says where every descriptor leads: openat(AT_FDCWD</tmp>, "/tmp/a", O_RDONLY) = 18</tmp/a>
  // or from the directory: openat(17</tmp>, "b", O_PATH)
  const opens = (path: string) => (line: string) => {
    const [, directory, name] = /^openat\((?:AT_FDCWD|\d+)<([^>]*)>, "([^"]*)"/.exec(line) ?? []
    return directory !== undefined && resolve(directory, name ?? '') === path
  }
  // a file without a name is known by its directory and the number of its inode
  const unnamed = `${dirname(destination)}/#`
  const closed = (line: string) => /^close\(\d+<(.*?)( \(deleted\))?>/.exec(line)?.[1]
  const closes = (line: string) => closed(line) === destination || closed(line)?.startsWith(unnamed) === true
  const lines = threads.find((each) => each.some(opens(destination)))
  if (lines === undefined) throw new Error(`no thread opened ${destination}`)
  const opened = lines.findIndex(opens(destination))
  const first = lines.slice(0, opened).map(opens(source)).lastIndexOf(true)
  // what has the name before is looked at and closed again: the last is meant, before this thread's next copy
  const isNext = (line: string) => copies.some((copy) => opens(copy.source)(line))
  const next = lines.findIndex((line, i) => i > opened && isNext(line))
  const last = lines
    .slice(0, next === -1 ? undefined : next)
    .map(closes)
    .lastIndexOf(true)
  if (first === -1 || last <= opened) throw new Error(`no copy of ${source} in\n${lines.join('\n')}`)
  // other threads write in its stead
  const written = closed(lines[last] as string)
  const writes = (line: string) => line.includes(`<${written}>`) || line.includes(`<${written} (deleted)>`)
  const others = threads.filter((each) => each !== lines).flatMap((each) => each.filter(writes))
  const counts: Record<string, number> = {}
  for (const line of [...lines.slice(first, last), ...others]) {
    const call = line.slice(0, line.indexOf('('))
    if (!MOVING.includes(call) || (call === 'ioctl' && !line.includes('FICLONE'))) continue
    counts[call] = (counts[call] ?? 0) + 1
  }
  return counts
}
