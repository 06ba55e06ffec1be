/** What becomes of the file that `copy` and `receive` make: as a whole or in place, on the disk or not yet. */

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CopyOptions } from '../index'

export interface FateFlags {
  atomic: 'auto' | 'always' | 'never'
  durable?: true
}

export type Fate = Pick<CopyOptions, 'atomic' | 'durable'>

export function withFate(command: Command): Command {
  const atomic = new Option('--atomic <WHEN>', 'the file appears, or is replaced, when it is whole')
  return command
    .addOption(atomic.choices(['auto', 'always', 'never']).default('auto'))
    .option('--durable', 'the file and its name are on the disk before it is over')
}

export function fateOf({ atomic, durable }: FateFlags): Fate {
  return { atomic: atomic === 'auto' ? 'auto' : atomic === 'always', durable: durable === true }
}

const KEPT = ['timestamps', 'ownership', 'xattrs'] as const

export type Kept = Partial<Record<(typeof KEPT)[number], boolean>>

/** `timestamps,xattrs`, or `all`. */
export function parsePreserve(text: string): Kept {
  const names = text === 'all' ? KEPT : text.split(',')
  const wrong = names.find((name) => !(KEPT as readonly string[]).includes(name))
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`Expected all, or some of ${KEPT.join(', ')}, with commas between.`)
  }
  return Object.fromEntries(names.map((name) => [name, true]))
}
