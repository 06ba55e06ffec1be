// @once
// The README says what Node 20 does.

// The table "what happens when" of README.md: each fault is produced for Node's own copyFile and for ours, and the words of the
// table are what was seen.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { random } from './support/bytes'
import { root } from './support/child'
import { mountOf, scratch } from './support/place'
import { testWithMounts } from './support/skip'

jest.setTimeout(120_000)

const directory = scratch('what-happens', mountOf('ext4') ?? undefined)
const at = (name: string) => join(directory, name)

const OLD = random(1, 500_000)
/** Large enough that it is seen under way. */
const LARGE = 256 << 20

/** The two sides: what they are called in the table, and how a process copies `args[0]` to `args[1]`. */
const SIDES = {
  'fs.promises.copyFile': "require('node:fs').promises.copyFile",
  'our copyFile': `require(${JSON.stringify(root)}).copyFile`,
} as const
type Side = keyof typeof SIDES

/** A process that copies, then says how it went; `wrapper` runs it. */
function copying(side: Side, from: string, to: string, wrapper: readonly string[] = []) {
  const script = `const [from, to] = process.argv.slice(1)
    ${SIDES[side]}(from, to).then(() => console.log('success'), ({ code }) => console.log(code))`
  const [program, ...line] = [...wrapper, process.execPath, '-e', script, from, to]
  const child = spawn(program as string, line, { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.on('data', (text) => {
    said += text
  })
  const ended = once(child, 'close').then(() => said.trim())
  return { child, ended }
}

/** In words, what a name has that had OLD and was to get `wanted`. */
function becameOf(path: string, wanted: Buffer): string {
  if (!existsSync(path)) return 'the old file is gone'
  const found = readFileSync(path)
  if (found.equals(OLD)) return 'the old file is whole'
  if (found.equals(wanted)) return 'the new file is whole'
  return 'the old file is lost'
}

/** Nothing but `names` is there. */
function expectNoStrays(where: string, names: readonly string[]): void {
  expect(readdirSync(where).sort()).toEqual([...names].sort())
}

async function isUnderWay(to: string, sizeOfOld: number | null): Promise<void> {
  const size = () => (existsSync(to) ? statSync(to).size : null)
  while (size() === sizeOfOld) await new Promise(setImmediate)
}

/** As long as the process has the large file open for reading and has read of it. */
async function reads(pid: number, path: string): Promise<void> {
  for (;;) {
    const links = readdirSync(`/proc/${pid}/fd`)
    const open = links.find((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === path)
    if (open !== undefined && links.some((fd) => isBegun(`/proc/${pid}/fd/${fd}`))) return
    await new Promise(setImmediate)
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

/** A file without a name, into which something was written. */
function isBegun(path: string): boolean {
  try {
    const { nlink, size } = statSync(path)
    return nlink === 0 && size > 0
  } catch {
    return false
  }
}

/** A copy of the large file over an old one, seen in its middle. */
async function inTheMiddle(side: Side, look: (child: ReturnType<typeof copying>) => Promise<string>) {
  writeFileSync(at('old'), OLD)
  const copy = copying(side, at('large'), at('old'))
  if (side === 'our copyFile') await reads(copy.child.pid as number, at('large'))
  else await isUnderWay(at('old'), OLD.length)
  const seen = await look(copy)
  copy.child.kill('SIGKILL')
  await copy.ended
  return seen
}

const SHORTER = 1_000_000

const FAULTS: Record<string, (side: Side) => Promise<string>> = {
  async 'the disk is full'(side) {
    mkdirSync(at('small'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at('small')])
    try {
      const content = random(2, 3_000_000)
      writeFileSync(at('from'), content)
      writeFileSync(at('small/old'), OLD)
      const code = await copying(side, at('from'), at('small/old')).ended
      expectNoStrays(at('small'), existsSync(at('small/old')) ? ['old'] : [])
      return `${code}, ${becameOf(at('small/old'), content)}`
    } finally {
      execFileSync('umount', [at('small')])
      rmSync(at('small'), { recursive: true })
    }
  },

  async 'the source cannot be read in its middle (EIO)'(side) {
    const content = random(3, 3_000_000)
    writeFileSync(at('from'), content)
    writeFileSync(at('old'), OLD)
    const calls = 'copy_file_range,sendfile,pread64'
    const inject = ['copy_file_range:error=EIO', 'sendfile:error=EIO', 'pread64:error=EIO:when=9+']
    const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', at('from'), '-e', `trace=${calls}`]
    const wrapper = [...strace, ...inject.flatMap((each) => ['-e', `inject=${each}`])]
    const { child, ended } = copying(side, at('from'), at('old'), wrapper)
    const code = await orNever(child, ended)
    return `${code}, ${becameOf(at('old'), content)}`
  },

  async 'the source becomes shorter under the copy'(side) {
    writeFileSync(at('shrinks'), Buffer.alloc(LARGE, 1))
    writeFileSync(at('old'), OLD)
    const { child, ended } = copying(side, at('shrinks'), at('old'))
    if (side === 'our copyFile') await reads(child.pid as number, at('shrinks'))
    // more than will be left of the source
    else while (statSync(at('old')).size <= SHORTER) await new Promise(setImmediate)
    truncateSync(at('shrinks'), SHORTER)
    const code = await orNever(child, ended)
    return `${code}, ${becameOf(at('old'), readFileSync(at('shrinks')))}`
  },

  'it is killed (kill -9)': (side) =>
    inTheMiddle(side, async ({ child, ended }) => {
      child.kill('SIGKILL')
      await ended
      return becameOf(at('old'), readFileSync(at('large')))
    }),

  'somebody reads the file meanwhile': (side) =>
    inTheMiddle(side, async () => (statSync(at('old')).size === OLD.length ? 'the old file' : 'a part')),

  async 'the source is generated as it is read (`/proc/version`)'(side) {
    const code = await copying(side, '/proc/version', at('new')).ended
    const [found, wanted] = [readFileSync(at('new')), readFileSync('/proc/version')]
    return `${code}, ${found.equals(wanted) ? 'all of it' : `${found.length} bytes`}`
  },

  async 'root copies the set-user-id program of a user'(side) {
    writeFileSync(at('program'), 'a program')
    chownSync(at('program'), 1000, 1000)
    chmodSync(at('program'), 0o4755)
    await copying(side, at('program'), at('new')).ended
    const { uid, mode } = statSync(at('new'))
    return `owner ${uid}, mode ${(mode & 0o7777).toString(8)}`
  },
}

/** Its end, or that there is none: five seconds after a thousandth of them would do. */
async function orNever(child: ReturnType<typeof copying>['child'], ended: Promise<string>): Promise<string> {
  const never = new Promise<string>((resolve) => setTimeout(resolve, 5000, 'never ends').unref())
  const code = await Promise.race([ended, never])
  child.kill('SIGKILL')
  await ended
  return code
}

afterEach(() => {
  for (const name of readdirSync(directory)) if (name !== 'large') rmSync(at(name), { recursive: true })
})

testWithMounts('the table in README.md says what was seen', async () => {
  writeFileSync(at('large'), Buffer.alloc(LARGE, 2))
  const seen: string[] = []
  for (const [when, produce] of Object.entries(FAULTS)) {
    const cells: string[] = []
    for (const side of Object.keys(SIDES) as Side[]) {
      cells.push(await produce(side))
      for (const name of readdirSync(directory)) if (name !== 'large') rmSync(at(name), { recursive: true })
    }
    seen.push(`| ${when} | ${cells.join(' | ')} |`)
  }
  const [, , ...rows] = tableIn(readFileSync(join(root, 'README.md'), 'utf8'))
  expect(rows).toEqual(seen)
})

/** Its lines, from the titles on. */
function tableIn(text: string): string[] {
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => line.startsWith('| what happens when |'))
  const end = lines.findIndex((line, n) => n > begin && !line.startsWith('|'))
  return lines.slice(begin, end)
}
