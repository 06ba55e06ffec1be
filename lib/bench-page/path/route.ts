/**
 * The stations that a byte passes with a strategy, and how it comes from one to the next. How often the CPU copies it
 * is the record's; this table only knows where such a copy lies. A count that it has no path for is drawn as a count.
 */

import type { BenchmarkResult, BenchmarkRow } from '../../benchmark-types'

/** From the left: where it is read, the page cache, user space, the kernel again, where it goes. */
export type Station = 0 | 1 | 2 | 3 | 4

/**
 * - `copy`: the CPU copies it.
 * - `device`: a device moves it (DMA).
 * - `idle`: a device would, but did not: the bytes were in memory.
 * - `reference`: it stays where it is, and is only referred to from there.
 * - `mapping`: user space sees it where it is.
 * - `shared`: two files own it together.
 * - `unknown`: as many copies as `label` says, who knows where.
 */
export interface Step {
  kind: 'copy' | 'device' | 'idle' | 'reference' | 'mapping' | 'shared' | 'unknown'
  from: Station
  to: Station
  label: string
}

export type Command = BenchmarkResult['command']

const copy = (from: Station, to: Station, label = 'copy'): Step => ({ kind: 'copy', from, to, label })
const throughUser = [copy(1, 2, 'read'), copy(2, 3, 'write')]
const insideKernel = [copy(1, 3)]
const fromMapping: Step[] = [{ kind: 'mapping', from: 1, to: 2, label: 'mapped' }, copy(1, 3, 'write')]
const gathered: Step[] = [{ kind: 'reference', from: 1, to: 3, label: 'reference' }]
const shared: Step[] = [{ kind: 'shared', from: 0, to: 4, label: 'the same blocks' }]

/** By command, strategy and count. */
const PATHS: Record<Command, Record<string, Step[]>> = {
  file: {
    'read_write 2': throughUser,
    'stream 2': throughUser,
    'mmap_write 1': fromMapping,
    'sendfile 1': insideKernel,
    'splice 1': insideKernel,
    'copy_file_range 1': insideKernel,
    'copy_file_range 0': shared,
    'reflink 0': shared,
    'direct 1': [copy(1, 2, 'read'), { kind: 'device', from: 2, to: 4, label: 'O_DIRECT' }],
  },
  network: {
    'read_write 2': throughUser,
    'stream 2': throughUser,
    'mmap_write 1': fromMapping,
    'sendfile 0': gathered,
    'splice 0': gathered,
    'sendfile 1': insideKernel,
    'splice 1': insideKernel,
  },
}

/** `device`: the interface by which it leaves; null: not known, or from file to file. */
export function stepsOf(command: Command, row: BenchmarkRow, device: string | null): Step[] {
  const { ran, cpuCopies } = row
  const known = PATHS[command][`${ran} ${cpuCopies.count}`]
  const middle: Step[] = known ?? [{ kind: 'unknown', from: 1, to: 3, label: copiesText(cpuCopies.count) }]
  const begin = middle.some(({ from }) => from === 0) ? [] : [reading(row.deviceReads)]
  const end = middle.some(({ to }) => to === 4)
    ? []
    : [command === 'network' ? sending(device) : writing(row.deviceWrites)]
  return [...begin, ...middle, ...end]
}

export function copiesText(count: number | null): string {
  if (count === null) return 'copies unknown'
  return `${count} CPU ${count === 1 ? 'copy' : 'copies'}`
}

/** The names of the stations, in at most two lines; the last depends on what is there. */
export function stationNames(command: Command, device: string | null): [string, string][] {
  const ends: Record<Command, [string, string][]> = {
    file: [
      ['page', 'cache'],
      ['disk', ''],
    ],
    network: [['socket', 'buffer'], device === 'lo' ? ['loop-', 'back'] : ['network', 'card']],
  }
  return [['disk', ''], ['page', 'cache'], ['user', 'buffer'], ...ends[command]]
}

function reading(bytes: number | null): Step {
  if (bytes === null) return { kind: 'device', from: 0, to: 1, label: '' }
  return bytes > 0
    ? { kind: 'device', from: 0, to: 1, label: 'DMA' }
    : { kind: 'idle', from: 0, to: 1, label: 'not read' }
}

/** Loopback is no device: the receiver is given the pages themselves, and copies from them. */
function sending(device: string | null): Step {
  return { kind: device === 'lo' ? 'reference' : 'device', from: 3, to: 4, label: '' }
}

function writing(bytes: number | null): Step {
  if (bytes === null) return { kind: 'idle', from: 3, to: 4, label: '' }
  return bytes > 0
    ? { kind: 'device', from: 3, to: 4, label: 'later' }
    : { kind: 'idle', from: 3, to: 4, label: 'not yet' }
}
