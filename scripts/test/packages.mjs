// The programs that the tests call, installed from Debian where they are missing and we may.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly } from './command.mjs'

const packageOf = {
  strace: 'strace',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  'mkfs.btrfs': 'btrfs-progs',
  setfattr: 'attr',
  setfacl: 'acl',
  mount: 'mount',
  losetup: 'mount',
  unshare: 'util-linux',
  setpriv: 'util-linux',
}

export function isInstalled(program) {
  return process.env.PATH.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Answers the skips: what is missing still. */
export async function installPackages() {
  const missing = () => Object.keys(packageOf).filter((program) => !isInstalled(program))
  if (missing().length === 0) return []
  const problem = await install([...new Set(missing().map((program) => packageOf[program]))])
  return missing().map((program) => `${program}: not installed, ${problem}`)
}

async function install(packages) {
  if (process.getuid() !== 0) return 'and only root can install it'
  if (!isInstalled('apt-get')) return 'and there is no apt-get'
  console.log(`installing ${packages.join(' ')}`)
  const options = { timeoutMs: 300_000, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  const update = await runQuietly('apt-get', ['update', '-qq'], options)
  const install = await runQuietly(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    options,
  )
  return install.reason ?? update.reason ?? 'though its package is'
}
