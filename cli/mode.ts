/** The original's `-m`: its numbers, and the names of all the strategies. */

import { InvalidArgumentError } from 'commander'
import { type Strategy, strategies } from '../index'

export interface Mode {
  strategy: Strategy | 'auto'
  /** What `-b` is where it is not given; null: tuned, or there is no buffer. */
  bufferSize: number | null
}

/** The original's default, which its numbers keep. */
export const ORIGINAL_BUFFER_SIZE = 64

const ORIGINAL: Readonly<Record<string, Mode>> = {
  1: { strategy: 'read_write', bufferSize: ORIGINAL_BUFFER_SIZE },
  2: { strategy: 'mmap_write', bufferSize: ORIGINAL_BUFFER_SIZE },
  3: { strategy: 'sendfile', bufferSize: null },
}

export const AUTO: Mode = { strategy: 'auto', bufferSize: null }

export interface Modes {
  /** All that are taken. */
  names: readonly string[]
  parse: (text: string) => Mode
}

/** The numbers and names of these strategies. */
export function modesOf(usable: readonly Strategy[]): Modes {
  const numbers = Object.keys(ORIGINAL).filter((number) =>
    usable.includes(ORIGINAL[number]?.strategy as Strategy),
  )
  const names = [...numbers, AUTO.strategy, ...usable]
  const parse = (text: string): Mode => {
    if (!names.includes(text)) throw new InvalidArgumentError(`Expected one of ${names.join(', ')}.`)
    return ORIGINAL[text] ?? { strategy: text as Mode['strategy'], bufferSize: null }
  }
  return { names, parse }
}

/** All strategies. */
export const COPYING = modesOf(strategies)
