/** Quantities in words. Null, which is what can't be known, is said so. */

import { sizeText } from './receipt'

export function rateText(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? 'none' : `${sizeText(bytesPerSecond)}/s`
}

/** `0.174 ms`, `46.2 ms`, `1.23 s`, `12.3 s`, `4 min 05 s`, `2 h 07 min` */
export function durationText(ms: number): string {
  if (ms < 9.9995) return `${ms.toFixed(3)} ms`
  if (ms < 999.95) return `${ms.toFixed(1)} ms`
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`
}

export function copiesText(count: number | null): string {
  return count === null ? 'unknown' : `${count}`
}

/** `pread64 3, pwrite64 2` */
export function callsText(syscalls: Record<string, number>): string {
  const counts = Object.entries(syscalls).map(([call, count]) => `${call} ${count}`)
  return counts.join(', ') || 'none'
}

function padded(value: number): string {
  return `${value}`.padStart(2, '0')
}
