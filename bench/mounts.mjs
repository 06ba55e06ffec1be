// Where is measured: fresh file systems on loop devices, in a mount namespace of our own, so that mounts, loop devices
// and images are gone afterwards, whatever happened: the kernel unmounts when the namespace's last process ends.

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../scripts/test/command.mjs'

const BASE = 'ZERO_COPY_RS_BENCH_BASE'
const unshare = ['unshare', '--mount', '--propagation', 'private']
const SIZE = 2 * 2 ** 30

// Nothing of mkfs is left for later: the kernel would initialise the tables while we measure.
const kinds = {
  ext4: { mkfs: ['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0'] },
  xfs: { mkfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'] },
  tmpfs: { mkfs: null },
}

export function isInside() {
  return process.env[BASE] !== undefined
}

/** Where a run may put what it makes; it is removed with the run. */
export function workDirectory() {
  return process.env[BASE]
}

/** Runs this same command inside, and answers its exit status. */
export async function runInside({ where }) {
  process.env.PATH += ':/usr/sbin:/sbin'
  // /var/tmp: images are too large for a /tmp in memory.
  const base = mkdtempSync(join(where ?? '/var/tmp', 'zero-copy-rs-bench-'))
  try {
    // setpriv: if this process is killed, the other must not go on alone.
    const [command, ...words] = [
      ...['setpriv', '--pdeathsig', 'TERM'],
      // who says where needs no mounts, and with them no root
      ...(where === null ? unshare : []),
      ...[process.execPath, ...process.argv.slice(1)],
    ]
    const child = spawn(command, words, { stdio: 'inherit', env: { ...process.env, [BASE]: base } })
    // This process outlives the signals, to clean up.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? 1))
    })
  } finally {
    // Out here nothing is mounted below it. Retries: a program that was measured may be writing its last.
    rmSync(base, { recursive: true, maxRetries: 20 })
  }
}

/**
 * Fresh, empty file systems of these kinds. `root`: a directory on the file system that /var/tmp lies on, whatever that
 * is; `where`: likewise, where the caller wants it.
 */
export async function makePlaces(names) {
  const places = []
  for (const name of names) places.push(await makePlace(workDirectory(), name))
  return places
}

async function makePlace(base, name) {
  const directory = join(base, name)
  mkdirSync(directory)
  if (kinds[name] === undefined) return { name, directory, mkfs: null, ...mountOf(directory) }
  const { mkfs } = kinds[name]
  if (mkfs === null) await must('mount', '-t', name, '-o', 'size=1g', name, directory)
  else await mountImage(join(base, `${name}.image`), directory, mkfs)
  return { name, directory, mkfs: mkfs?.join(' ') ?? null, ...mountOf(directory) }
}

async function mountImage(image, directory, mkfs) {
  const file = openSync(image, 'wx')
  ftruncateSync(file, SIZE)
  closeSync(file)
  try {
    await must(...mkfs, image)
    await must('mount', '-o', 'loop', image, directory)
  } finally {
    // The loop device holds it from here on: with the last mount its blocks are free.
    rmSync(image)
  }
}

/** The mount that holds `directory`: the last one whose point is a beginning of its path, in the order of mounting. */
function mountOf(directory) {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n')
  const mounts = lines.map((line) => {
    const [left, right] = line.split(' - ')
    const [fileSystem, , superOptions] = right.split(' ')
    const [, , , , point, options] = left.split(' ')
    return { point, fileSystem, mountOptions: [...new Set(`${options},${superOptions}`.split(','))].join() }
  })
  const holds = ({ point }) => `${directory}/`.startsWith(point.endsWith('/') ? point : `${point}/`)
  const { fileSystem, mountOptions } = mounts
    .filter(holds)
    .sort((a, b) => a.point.length - b.point.length)
    .at(-1)
  return { fileSystem, mountOptions }
}

/** Settles what the last run left to the file system, so that the next does not pay for it. */
export function settle({ directory }) {
  const { status, stderr } = spawnSync('sync', ['-f', directory], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`sync -f: ${stderr.trim()}`)
}
