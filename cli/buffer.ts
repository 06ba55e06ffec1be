/** `-b`: what is said about buffers that are slow, or of no use. */

import type { TransferReport } from '../index'
import { type Mode, ORIGINAL_BUFFER_SIZE } from './mode'
import { say } from './output'

export const BUFFER = `for strategies with a user buffer; default: ${ORIGINAL_BUFFER_SIZE} with a number as mode, else tuned`

export const SIZES = `
Sizes: 64, 128K, 4MiB. K, M, G and KiB, MiB, GiB are powers of 1024; KB, MB, GB of 1000.`

interface Flags {
  mode: Mode
  bufferSize?: number | undefined
}

/** Up to here the original's own buffer is bearable. */
const SLOW_FROM = 64 * 1024 ** 2

/** Says so where the original's default, which nobody asked for, will take its time over so many bytes. */
export function warnOfSlow({ mode, bufferSize }: Flags, bytes: number): void {
  if (bufferSize !== undefined || mode.bufferSize === null || bytes <= SLOW_FROM) return
  say(`-b ${ORIGINAL_BUFFER_SIZE} is the original's default, -b 256K is faster`)
}

/** Says so where a buffer was asked for that the strategy does not have. `auto` may have needed one. */
export function warnOfUnused(
  { mode, bufferSize }: Flags,
  { strategy, bufferSize: used }: TransferReport,
): void {
  if (bufferSize === undefined || mode.strategy === 'auto') return
  if (strategy !== null && used === null) say(`${strategy} has no buffer: -b ${bufferSize} changed nothing`)
}

/** What the strategy is given; undefined: tuned, or there is none. */
export function bufferSizeOf({ mode, bufferSize }: Flags): number | undefined {
  return bufferSize ?? mode.bufferSize ?? undefined
}
