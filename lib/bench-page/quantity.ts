/** Quantities in words, as the terminal's table has them, and those that only the page has. */

export { durationText, rateText } from '../quantity'
export { sizeText } from '../receipt'

/** `625,002`, `0.5`: medians may lie between two counts. */
export function countText(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 1 })
}

/** `32 B`, `64 KiB`, `8 MiB`: powers of two by their names, others as they are. */
export function bufferText(bytes: number): string {
  if (bytes >= 2 ** 20 && bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20} MiB`
  if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024} KiB`
  return `${bytes.toLocaleString('en-US')} B`
}

/** `32-byte`, `64 KiB`: before "buffer". */
export function bufferWord(bytes: number): string {
  return bytes < 1024 ? `${bytes}-byte` : bufferText(bytes)
}

/** `142`, `7.3`, `1.04` */
export function timesText(ratio: number): string {
  if (ratio >= 9.95) return Math.round(ratio).toLocaleString('en-US')
  return ratio.toFixed(ratio >= 1.995 ? 1 : 2)
}

/** `5 µs`, `20 ms`, `1 s`: a round time on an axis. */
export function tickText(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`
  return ms >= 1 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms * 1000).toPrecision(3))} µs`
}

/** `1.12 µs`, `35 ns`; of milliseconds. */
export function shortTimeText(ms: number): string {
  const ns = ms * 1e6
  return Math.abs(ns) < 999.5 ? `${Math.round(ns)} ns` : `${(ns / 1000).toPrecision(3)} µs`
}

/** Milliseconds, to the microsecond: for the table that has everything. */
export function msText(ms: number): string {
  return ms.toLocaleString('en-US', { minimumFractionDigits: 3, maximumFractionDigits: 3 })
}

/** Of milliseconds: the original's unit. */
export function secondsText(ms: number): string {
  return (ms / 1000).toFixed(6)
}

/** `10,000,000` */
export function wholeText(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

export function decimalText(value: number): string {
  return value.toFixed(2)
}
