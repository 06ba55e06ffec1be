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
  ip: 'iproute2',
  tc: 'iproute2',
  ethtool: 'ethtool',
  setpriv: 'util-linux',
  fincore: 'util-linux-extra',
  perl: 'perl-base',
  chromium: 'chromium',
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
  const reasons = new Map()
  for (const name of new Set(missing().map((program) => packageOf[program]))) {
    // One at a time: apt-get installs none of a list that holds one it doesn't know.
    reasons.set(name, await install(name, reasons.size === 0))
  }
  return missing().map((program) => `${program}: not installed, ${reasons.get(packageOf[program])}`)
}

async function install(name, first) {
  if (process.getuid() !== 0) return 'and only root can install it'
  if (!isInstalled('apt-get')) return 'and there is no apt-get'
  console.log(`installing ${name}`)
  const options = { timeoutMs: 300_000, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  if (first) await runQuietly('apt-get', ['update', '-qq'], options)
  const { reason } = await runQuietly(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', name],
    options,
  )
  return reason ?? 'though its package is'
}
