/** A report in words: one line in the original's manner, or all of it. */

import type { Attempt, TransferReport } from './report'
import type { Strategy } from './strategies'

/** The original's own spelling of its three modes; the others go by their name. */
export const LABELS: Partial<Record<Strategy, string>> = {
  read_write: 'read/write',
  mmap_write: 'mmap/write',
}

/** `sendfile = 0.123 sec, 1.2 GB/s, 1 CPU copy` */
export function line(report: TransferReport): string {
  const seconds = `${(report.durationMs / 1000).toFixed(3)} sec`
  if (report.strategy === null) return `nothing moved = ${seconds}`
  const parts = [`${LABELS[report.strategy] ?? report.strategy} = ${seconds}`]
  if (report.bytesPerSecond !== null) parts.push(`${sizeText(report.bytesPerSecond)}/s`)
  if (report.bytesShared > 0) parts.push(`${sizeText(report.bytesShared)} shared`)
  parts.push(copies(report.cpuCopies.count))
  return parts.join(', ')
}

/** Everything, a labelled line each, with units. */
export function lines(report: TransferReport): string {
  const { cpu, contextSwitches: switches, pageFaults: faults } = report
  const split = cpu.userMs === null ? '' : ` (user ${ms(cpu.userMs)}, system ${ms(cpu.systemMs)})`
  const rows: [string, string][] = [
    ['bytes', bytesOf(report)],
    ['buffer', report.bufferSize === null ? 'none' : `${report.bufferSize} bytes`],
    ['time', `${ms(report.durationMs)} moving, ${ms(report.totalMs)} in all`],
    ['cpu', ms(cpu.totalMs) + split],
    ['CPU copies', `${report.cpuCopies.count ?? 'unknown'}: ${report.cpuCopies.basis}`],
    ['system calls', countsOf(report.syscalls)],
    ['switches', `${switches.voluntary} voluntary, ${switches.involuntary} involuntary`],
    ['page faults', `${faults.minor} minor, ${faults.major} major`],
    ['device', `${device(report.deviceReads)} read, ${device(report.deviceWrites)} written`],
    ['atomic', because(yesNo(report.atomic), report.atomicReason)],
    ['durable', yesNo(report.durable)],
    ['not preserved', report.notPreserved.join(', ') || 'nothing'],
    ...report.attempts.map((attempt): [string, string] => ['attempt', attemptOf(attempt)]),
  ]
  const body = rows.map(([label, value]) => `  ${label.padEnd(14)}${value}\n`).join('')
  return `TransferReport { ${line(report)}\n${body}}`
}

/** `1.2 GB`: powers of 1000, as rates are given. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

function copies(count: number | null): string {
  return count === null ? 'CPU copies unknown' : `${count} CPU ${count === 1 ? 'copy' : 'copies'}`
}

function bytesOf(report: TransferReport): string {
  const parts = [`${report.bytes} (${sizeText(report.bytes)})`]
  if (report.bytesShared > 0) parts.push(`${report.bytesShared} shared`)
  if (report.bytesSkipped > 0) parts.push(`${report.bytesSkipped} skipped as holes`)
  return parts.join(', ')
}

function countsOf(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([call, count]) => `${call} ${count}`)
  return parts.join(', ') || 'none'
}

function attemptOf(attempt: Attempt): string {
  const { strategy, outcome, bytes, durationMs, code, syscall, reason } = attempt
  const answer = code === undefined ? '' : ` (${code}${syscall === undefined ? '' : `, ${syscall}`})`
  const moved = bytes > 0 ? `, ${bytes} bytes in ${ms(durationMs)}` : ''
  return because(`${strategy} ${outcome}${answer}${moved}`, reason)
}

function ms(value: number | null): string {
  return value === null ? 'unknown' : `${value.toFixed(3)} ms`
}

function device(bytes: number | null): string {
  return bytes === null ? 'not accounted' : sizeText(bytes)
}

function because(answer: string, reason: string | null): string {
  return reason === null ? answer : `${answer}: ${reason}`
}

function yesNo(value: boolean | null): string {
  return value === null ? 'n/a' : value ? 'yes' : 'no'
}
