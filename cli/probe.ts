/** `zero-copy-rs probe`: what this machine can do, and why not. */

import { lstatSync } from 'node:fs'
import { Command } from 'commander'
import { type Capabilities, type Capability, probe } from '../index'
import { UsageError, withWhatAllHave } from './command'
import { fail } from './failure'
import { print, printJson } from './output'
import { pathOf } from './path'
import { copiesText } from './quantity'
import { labelled, table } from './table'

interface Flags {
  json?: true
}

export function probeCommand(): Command {
  const command = withWhatAllHave(new Command('probe'))
    .summary('say what works here, and why not')
    .description('Says which strategies work on this machine and for the file system of a path, and why not.')
    .usage('[PATH] [--json]')
    .argument('[PATH]', 'a file or directory; a name without a slash must exist')
    .option('--json', 'one JSON document on standard output')
  return command.action((path: string | undefined, flags: Flags) => {
    if (path !== undefined && !isPath(path)) {
      throw new UsageError(
        `'${path}' is no path here: expected a name that exists, or one with a slash`,
        command,
      )
    }
    return answer(path, flags.json === true)
  })
}

async function answer(path: string | undefined, json: boolean): Promise<void> {
  try {
    const capabilities = await probe(path === undefined ? undefined : pathOf(path, 'last'))
    if (json) printJson(capabilities)
    else print(`${strategiesText(capabilities)}\n${labelled(placeOf(capabilities))}`)
  } catch (error) {
    fail(error, json)
  }
}

/** A name with a slash is a path, whether or not it exists; then the kernel says why not. */
function isPath(name: string): boolean {
  return name.includes('/') || exists(pathOf(name, 'last'))
}

/** A link that leads nowhere exists. So does what we may not look at: the kernel will say so. */
function exists(path: string | Buffer): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}

function strategiesText({ strategies }: Capabilities): string {
  const columns = ['strategy', 'available', 'CPU copies', 'why'].map((title) => ({ title }))
  const rows = Object.entries(strategies).map(([strategy, capability]) => {
    const { available, cpuCopies } = capability
    return [strategy, available, copiesText(cpuCopies.count), whyOf(capability)]
  })
  return table(columns, rows)
}

function whyOf({ reason, cpuCopies: { count, basis } }: Capability): string {
  const parts = count === null ? [reason ?? basis] : [reason, basis]
  return parts.filter((part) => part !== null).join('; ')
}

function placeOf({ platform, kernel, path }: Capabilities): [string, string][] {
  const machine: [string, string] = ['kernel', kernel === null ? platform : `${platform} ${kernel}`]
  if (path === null) return [machine]
  return [
    machine,
    ['file system', path.fileSystem],
    ['device', path.device],
    ['reflink', yesNo(path.reflink)],
    ['holes', yesNo(path.holes)],
  ]
}

function yesNo(value: boolean | null): string {
  return value === null ? 'unknown' : value ? 'yes' : 'no'
}
