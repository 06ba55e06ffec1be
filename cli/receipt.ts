/** The receipt of a transfer, for people. */

import type { TransferReport } from '../index'
import { outcomeText } from './attempt'
import { callsText, copiesText, durationText, rateText, sizeText } from './quantity'
import { labelled } from './table'

/** The original's line, then what it could not know. `ends`: from where, and where to, if the caller does not know. */
export function receipt(report: TransferReport, ends: [label: string, text: string][] = []): string {
  return `${originalLine(report)}\n${labelled([...ends, ...rowsOf(report)])}`
}

/** `sendfile = 0.123 sec`: what the report's own line begins with. */
function originalLine(report: TransferReport): string {
  return `${report}`.split(',', 1)[0] as string
}

function rowsOf(report: TransferReport): [string, string][] {
  const { strategy, bufferSize, cpu, cpuCopies, notPreserved } = report
  const split = cpu.userMs === null ? '' : ` (user ${durationText(cpu.userMs)})`
  const rows: [string, string][] = [
    ['bytes', bytesText(report)],
    ['strategy', strategy ?? 'none: there was nothing to move'],
    ['wall', `${durationText(report.durationMs)} moving, ${durationText(report.totalMs)} in all`],
    ['CPU', durationText(cpu.totalMs) + split],
    ['system calls', callsText(report.syscalls)],
    ['CPU copies', `${copiesText(cpuCopies.count)}: ${cpuCopies.basis}`],
    ['rate', rateText(report.bytesPerSecond)],
  ]
  if (bufferSize !== null) rows.splice(2, 0, ['buffer', `${bufferSize} bytes`])
  if (report.atomicReason !== null) rows.push(['in place', report.atomicReason])
  if (report.durable) rows.push(['durable', 'yes'])
  if (notPreserved.length > 0) rows.push(['not preserved', notPreserved.join(', ')])
  for (const attempt of report.attempts) {
    if (attempt.outcome !== 'finished') rows.push(['not used', `${attempt.strategy} ${outcomeText(attempt)}`])
  }
  return rows
}

function bytesText({ bytes, bytesShared, bytesSkipped }: TransferReport): string {
  const parts = [`${bytes} (${sizeText(bytes)})`]
  if (bytesShared > 0) parts.push(`${bytesShared} of them shared`)
  if (bytesSkipped > 0) parts.push(`${bytesSkipped} of them skipped as holes`)
  return parts.join(', ')
}
