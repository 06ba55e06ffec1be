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

export const MODES = [...Object.keys(ORIGINAL), 'auto', ...strategies].join(', ')

export function parseMode(text: string): Mode {
  if (Object.hasOwn(ORIGINAL, text)) return ORIGINAL[text] as Mode
  const strategy = [AUTO.strategy, ...strategies].find((name) => name === text)
  if (strategy === undefined) throw new InvalidArgumentError(`Expected one of ${MODES}.`)
  return { strategy, bufferSize: null }
}
