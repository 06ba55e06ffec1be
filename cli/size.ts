/** Sizes, as the command line takes them. */

import { InvalidArgumentError } from 'commander'

const UNITS: Record<string, number> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
}

/** `64`, `128K`, `4MiB`, `1GB`; upper and lower case are the same. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d+)([a-z]*)$/i.exec(text) ?? []
  const bytes = Number(digits) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN)
  if (Number.isNaN(bytes)) {
    throw new InvalidArgumentError(
      'Expected a size: bytes, or a number with K, M, G, KiB, MiB, GiB (powers of 1024), KB, MB or GB (of 1000).',
    )
  }
  if (bytes > Number.MAX_SAFE_INTEGER) throw new InvalidArgumentError('Expected at most 2^53 - 1 bytes.')
  return bytes
}

export function parseBufferSize(text: string): number {
  const bytes = parseSize(text)
  if (bytes === 0) throw new InvalidArgumentError('Expected at least 1 byte.')
  return bytes
}
