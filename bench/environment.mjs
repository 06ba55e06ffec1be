// On what was measured: all that could change a result, and nothing that names the machine or its owner.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'

/** `network`: of a table that has one. */
export function environment(places, network = null) {
  const cores = os.availableParallelism()
  const warnings = []
  const [load] = os.loadavg()
  if (load > 0.25 * cores)
    warnings.push(`the machine was not idle: load average ${load.toFixed(2)} on ${cores} cores`)
  // the record that the last run left is no change of what is measured
  const changed = sayOf('git', 'status', '--porcelain', '--', '.', ':!bench/records')
  if (changed !== '')
    warnings.push(`the working tree has changes that commit ${commit().slice(0, 9)} has not`)
  return {
    commit: commit(),
    dirty: changed !== '',
    warnings,
    machine: `${process.arch}-${cores}cores`,
    kernel: `${os.type()} ${os.release()}`,
    cpu: os.cpus()[0].model.trim(),
    cores,
    virtual: / hypervisor\b/.test(readFileSync('/proc/cpuinfo', 'utf8')),
    memoryMiB: Math.round(os.totalmem() / 2 ** 20),
    loadAverage: os.loadavg(),
    node: process.version,
    zeroCopyRs: JSON.parse(readFileSync('package.json', 'utf8')).version,
    rustc: sayOf('rustc', '--version'),
    gcc: sayOf('gcc', '--version').split('\n')[0],
    crateProfile: crateProfile(),
    network,
    places: places.map(({ name, fileSystem, mkfs, mountOptions }) => ({
      name,
      fileSystem,
      mkfs,
      mountOptions,
    })),
  }
}

function commit() {
  return sayOf('git', 'rev-parse', 'HEAD')
}

function sayOf(command, ...words) {
  return execFileSync(command, words, { encoding: 'utf8' }).trim()
}

/** The release profile's settings, as Cargo.toml has them. */
function crateProfile() {
  const section = /^\[profile\.release\]\n((?:[^[\n].*\n)*)/m.exec(readFileSync('Cargo.toml', 'utf8'))
  return `release: ${section?.[1].trim().split('\n').join(', ') ?? 'as Cargo has it'}`
}
