/** What `bench` takes: lists, sizes, names and places. */

import { InvalidArgumentError } from 'commander'
import { type Strategy, strategies } from '../index'
import { ORIGINAL_PORT, parseHostPort } from './address'
import { modesOf } from './mode'
import { parseBufferSize, parseSize } from './size'

/** `stream` is JavaScript's own, and not measured. */
export const MEASURED = modesOf(strategies.filter((name) => name !== 'stream'))

const LARGEST_BUFFER = 8 * 1024 ** 2
const MOST_ITERATIONS = 1_000_000

/** `64,1MiB` */
export function parseSizes(text: string): number[] {
  return parts(text).map((part) => {
    const bytes = parseSize(part)
    if (bytes === 0) throw new InvalidArgumentError('Expected at least 1 byte.')
    return bytes
  })
}

export function parseBuffers(text: string): number[] {
  return parts(text).map((part) => {
    const bytes = parseBufferSize(part)
    if (bytes > LARGEST_BUFFER) throw new InvalidArgumentError('Expected at most 8 MiB.')
    return bytes
  })
}

/** Names, and the original's numbers. */
export function parseStrategies(text: string): (Strategy | 'auto')[] {
  return parts(text).map((part) => MEASURED.parse(part).strategy)
}

export function parseIterations(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_ITERATIONS) return count
  throw new InvalidArgumentError(`Expected a number from 1 to ${MOST_ITERATIONS}.`)
}

export function parsePeer(text: string): { host: string; port: number } {
  const { host, port = ORIGINAL_PORT } = parseHostPort(text)
  if (port === 0) throw new InvalidArgumentError('Expected a port: a number from 1 to 65535.')
  return { host, port }
}

function parts(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}
