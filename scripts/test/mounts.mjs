// Fresh file systems, and the repository where every user can reach it. Called inside a mount namespace.

import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { must, runQuietly } from './command.mjs'

const GiB = 2 ** 30
const MiB = 2 ** 20

const images = [
  { name: 'ext4', size: 2 * GiB, mkfs: ['mkfs.ext4', '-q', '-F'] },
  { name: 'ext4b', size: 600 * MiB, mkfs: ['mkfs.ext4', '-q', '-F'] },
  { name: 'xfs', size: 2 * GiB, mkfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'] },
  { name: 'xfs-noreflink', size: 600 * MiB, mkfs: ['mkfs.xfs', '-q', '-m', 'reflink=0'] },
  { name: 'btrfs', size: 2 * GiB, mkfs: ['mkfs.btrfs', '-q'] },
]

/** `mounts` holds a directory for each file system; what can't be made is absent there and in `skips`. */
export async function makeMounts(base) {
  const tree = join(base, 'tree')
  mkdirSync(tree)
  // A tmpfs under everything: outside the namespace `tree` stays empty, so it can be removed there without a look.
  await must('mount', '-t', 'tmpfs', '-o', 'size=256m,mode=0755', 'tmpfs', tree)
  chmodSync(base, 0o755)

  const mounts = makeDirectory(tree, 'mounts')
  const skips = []
  for (const image of images) {
    const reason = await mountImage(base, makeDirectory(mounts, image.name), image)
    if (reason === null) continue
    rmSync(join(mounts, image.name), { recursive: true })
    skips.push(`${image.name}: ${reason}`)
  }
  await must('mount', '-t', 'tmpfs', '-o', 'size=6g,mode=1777', 'tmpfs', makeDirectory(mounts, 'tmpfs'))

  const repository = makeDirectory(tree, 'repository')
  await must('mount', '--bind', process.cwd(), repository)
  const scratch = makeDirectory(tree, 'scratch')
  chmodSync(scratch, 0o1777)
  return { mounts, scratch, secondUser: { repository, binaries: makeDirectory(tree, 'binaries') }, skips }
}

async function mountImage(base, directory, { name, size, mkfs: [mkfs, ...flags] }) {
  const image = join(base, `${name}.image`)
  const file = openSync(image, 'wx')
  ftruncateSync(file, size)
  closeSync(file)
  try {
    const made = await runQuietly(mkfs, [...flags, image])
    if (!made.ok) return made.reason
    const mounted = await runQuietly('mount', ['-o', 'loop', image, directory])
    if (!mounted.ok) return mounted.reason
    chmodSync(directory, 0o1777)
    return null
  } finally {
    // The loop device holds it from here on: with the last mount its blocks are free.
    rmSync(image)
  }
}

function makeDirectory(parent, name) {
  const path = join(parent, name)
  mkdirSync(path)
  return path
}
