/** `zero-copy-rs probe`: what this machine can do, and why not. */

import { lstatSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { type Capabilities, type Capability, probe } from '../index'
import { parseHostPort } from './address'
import { UsageError, withWhatAllHave } from './command'
import { fail } from './failure'
import { networkError } from './network'
import { print, printJson } from './output'
import { pathOf } from './path'
import { copiesText } from './quantity'
import { labelled, table } from './table'

type Host = ReturnType<typeof parseHostPort>

interface Flags {
  host?: Host
  json?: true
}

export function probeCommand(): Command {
  const command = withWhatAllHave(new Command('probe'))
    .summary('say what works here, and why not')
    .description(
      'Says which strategies work on this machine, for the file system of a path or on the way to a host, and why not.',
    )
    .usage('[PATH | --host HOST[:PORT]] [--json]')
    .argument('[PATH]', 'a file or directory; a name without a slash that does not exist is a host')
    .option('--host <HOST[:PORT]>', 'where a send would go to; nothing is sent', parseHostPort)
    .option('--json', 'one JSON document on standard output')
  return command.action((name: string | undefined, flags: Flags) => {
    if (flags.host !== undefined && name !== undefined) {
      throw new UsageError(`expected a path or --host, not both: '${name}'`, command)
    }
    if (flags.host !== undefined) return answer(towards(flags.host), flags)
    if (name === undefined || isPath(name)) return answer(probe(name && pathOf(name, 'last')), flags)
    return answer(towardsNamed(name, command), flags)
  })
}

async function answer(question: Promise<Capabilities>, { json = false }: { json?: boolean }): Promise<void> {
  try {
    const capabilities = await question
    if (json) printJson(capabilities)
    else print(`${strategiesText(capabilities)}\n${labelled(placeOf(capabilities))}`)
  } catch (error) {
    fail(error, json)
  }
}

async function towards(host: Host): Promise<Capabilities> {
  try {
    return await probe(host)
  } catch (error) {
    throw networkError(error, 'probe', host)
  }
}

/** What is not found by this name either is wrong usage: nobody can say what was meant. */
async function towardsNamed(name: string, command: Command): Promise<Capabilities> {
  try {
    return await towards(parseHostPort(name))
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException
    if (!(error instanceof InvalidArgumentError) && syscall !== 'getaddrinfo') throw error
    const expected = 'expected a name that exists, one with a slash, or a host'
    throw new UsageError(`'${name}' is no path here, and no host that is known: ${expected}`, command)
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

function placeOf({ platform, kernel, path, route }: Capabilities): [string, string][] {
  const machine: [string, string] = ['kernel', kernel === null ? platform : `${platform} ${kernel}`]
  if (route !== null) {
    return [
      machine,
      ['address', route.address],
      ['interface', route.interface],
      ['scatter-gather', yesNo(route.scatterGather)],
      ['checksum offload', yesNo(route.checksumOffload)],
    ]
  }
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
