import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Attempt, copyFile, copyFileSync, strategies, type TransferReport } from '../index'
import { Report } from '../lib/report'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-report-'))
const source = join(dir, 'source')
const SIZE = 1_000_003
writeFileSync(source, Buffer.alloc(SIZE, 'report'))
afterAll(() => rmSync(dir, { recursive: true }))

const copy = (options = {}) =>
  copyFile(source, join(dir, 'to'), { strategy: 'read_write', bufferSize: 4096, ...options })

const wholeNumber = expect.any(Number)

test("a report has the contract's fields, in its order", async () => {
  const report = await copy()
  expect({ ...report }).toEqual({
    strategy: 'read_write',
    bytes: SIZE,
    bytesShared: 0,
    bytesSkipped: 0,
    bufferSize: 4096,
    durationMs: wholeNumber,
    totalMs: wholeNumber,
    cpu: { totalMs: wholeNumber, userMs: null, systemMs: null },
    bytesPerSecond: wholeNumber,
    syscalls: { pread64: expect.any(Number), pwrite64: Math.ceil(SIZE / 4096) },
    contextSwitches: { voluntary: wholeNumber, involuntary: wholeNumber },
    pageFaults: { minor: wholeNumber, major: wholeNumber },
    deviceReads: report.deviceReads === null ? null : wholeNumber,
    deviceWrites: report.deviceWrites === null ? null : wholeNumber,
    cpuCopies: { count: 2, basis: expect.stringMatching(/./) },
    attempts: [
      { strategy: 'read_write', bytes: SIZE, durationMs: wholeNumber, outcome: 'finished', reason: null },
    ],
    atomic: true,
    atomicReason: null,
    durable: false,
    notPreserved: [],
  } satisfies { [K in keyof TransferReport]: unknown })
  expect(Object.keys(report)).toEqual(KEYS)
  expect(report.totalMs).toBeGreaterThanOrEqual(report.durationMs)
  expect(report.bytesPerSecond).toBeCloseTo(SIZE / (report.durationMs / 1000), 3)
})

const KEYS = [
  'strategy',
  'bytes',
  'bytesShared',
  'bytesSkipped',
  'bufferSize',
  'durationMs',
  'totalMs',
  'cpu',
  'bytesPerSecond',
  'syscalls',
  'contextSwitches',
  'pageFaults',
  'deviceReads',
  'deviceWrites',
  'cpuCopies',
  'attempts',
  'atomic',
  'atomicReason',
  'durable',
  'notPreserved',
]

test('the synchronous report is of the same kind', async () => {
  const [report, sync] = [await copy(), copyFileSync(source, join(dir, 'to'), { strategy: 'read_write' })]
  expect(Object.keys(sync)).toEqual(KEYS)
  expect(Object.getPrototypeOf(sync)).toBe(Object.getPrototypeOf(report))
})

test('a report is plain data: JSON, structuredClone and spread keep all of it', async () => {
  const report = await copy()
  expect(JSON.parse(JSON.stringify(report))).toEqual({ ...report })
  expect(structuredClone(report)).toEqual({ ...report })
})

test('nothing to move: strategy null, and no rate', async () => {
  writeFileSync(join(dir, 'empty'), '')
  const report = await copyFile(join(dir, 'empty'), join(dir, 'to'))
  expect(report).toMatchObject({ strategy: null, bytes: 0, bytesPerSecond: null })
  expect(String(report)).toMatch(/^nothing moved = \d+\.\d{3} sec$/)
  expect(String(await copyFile(source, source))).toMatch(/^nothing moved = /)
})

test.each([
  ['read_write', 'read/write', 2],
  ['mmap_write', 'mmap/write', 1],
  ['sendfile', 'sendfile', 1],
  ['splice', 'splice', 1],
] as const)('%s is one line in the manner of the original', async (strategy, label, count) => {
  const copies = count === 1 ? '1 CPU copy' : `${count} CPU copies`
  const line = new RegExp(`^${label} = \\d+\\.\\d{3} sec, [\\d.]+ [kMG]?B/s, ${copies}$`)
  expect(String(await copy({ strategy }))).toMatch(line)
})

describe('a report of known numbers', () => {
  test('is one line', () => {
    expect(`${reportOf({ 2: 2, 3: 1_200_000_000, 7: 1000, 18: 0 })}`).toBe(
      'sendfile = 1.000 sec, 1.2 GB/s, 0 CPU copies',
    )
    expect(`${reportOf({ 2: 0, 3: 123_400, 7: 123.4 })}`).toBe(
      'read/write = 0.123 sec, 1.0 MB/s, CPU copies unknown',
    )
    expect(`${reportOf({ 2: 3, 3: 999_999, 7: 1000, 18: 1 })}`).toBe(
      'copy_file_range = 1.000 sec, 1.0 MB/s, 1 CPU copy',
    )
    expect(`${reportOf({ 2: 2, 3: 12, 7: 1000, 18: 1 })}`).toBe('sendfile = 1.000 sec, 12 B/s, 1 CPU copy')
    expect(`${reportOf({ 2: 2, 3: 345_600, 7: 1000, 18: 1 })}`).toBe(
      'sendfile = 1.000 sec, 346 kB/s, 1 CPU copy',
    )
  })

  test('of a reflink has no rate', () => {
    const report = reportOf({ 2: 5, 3: 268_435_456, 4: 268_435_456, 7: 1, 18: 0 })
    expect(report.bytesPerSecond).toBeNull()
    expect(`${report}`).toBe('reflink = 0.001 sec, 268 MB shared, 0 CPU copies')
  })

  test('has the rate of what was moved, not of what was shared or skipped', () => {
    expect(reportOf({ 3: 1000, 4: 300, 5: 200, 7: 500 }).bytesPerSecond).toBe(1000)
    expect(reportOf({ 3: 1000, 7: 0 }).bytesPerSecond).toBeNull()
  })

  test('keeps what is not known null', () => {
    expect(reportOf({ 2: Number.NaN, 16: Number.NaN, 19: 1, 20: Number.NaN })).toMatchObject({
      strategy: null,
      bufferSize: null,
      cpu: { userMs: null, systemMs: null },
      deviceReads: null,
      cpuCopies: { count: null },
      atomic: true,
      durable: null,
    })
  })

  test('says why it was written in place', () => {
    const report = reportOf({ 19: 0 }, 'basis\u0000\u0000it is a device\u0000')
    expect(report).toMatchObject({ atomic: false, atomicReason: 'it is a device', notPreserved: [] })
    expect(inspect(report)).toMatch(/\n {2}atomic +no: it is a device\n/)
  })

  test('lists what was not preserved', () => {
    expect(reportOf({}, 'basis\u0000xattrs,setuid').notPreserved).toEqual(['xattrs', 'setuid'])
  })

  test('has every attempt with its reason, and with the answer of the kernel where there was one', () => {
    const none = Number.NaN
    const attempts = [
      [5, 0, 0.1, 1, 22, none],
      [3, 0, 0, 2, none, none],
      [1, 7, 0.2, 3, 122, 0],
    ].flat()
    const report = reportOf(
      { 22: 3, ...from(23, attempts) },
      ['basis', '', '', 'first', 'second', ''].join('\u0000'),
    )
    expect(report.attempts).toHaveLength(3)
    const [refused, avoided, failed] = report.attempts as [Attempt, Attempt, Attempt]
    expect(refused).toEqual({
      strategy: 'reflink',
      bytes: 0,
      durationMs: 0.1,
      outcome: 'refused',
      reason: 'first',
      code: 'EINVAL',
      errno: -22,
    })
    expect(avoided).toEqual({
      strategy: 'copy_file_range',
      bytes: 0,
      durationMs: 0,
      outcome: 'avoided',
      reason: 'second',
    })
    expect(failed).toEqual({
      strategy: 'mmap_write',
      bytes: 7,
      durationMs: 0.2,
      outcome: 'failed',
      reason: null,
      code: 'EDQUOT',
      errno: -122,
      syscall: expect.any(String),
    })
  })
})

describe('printed', () => {
  test('a report is readable', async () => {
    const text = inspect(await copy())
    expect(text).toMatch(/^TransferReport \{ read\/write = /)
    expect(text).toMatch(new RegExp(`\\n {2}bytes +${SIZE} \\(1\\.0 MB\\)\\n`))
    expect(text).toMatch(/\n {2}system calls +pread64 \d+, pwrite64 245\n/)
    expect(text).toMatch(/\n {2}CPU copies +2: .+\n/)
    expect(text).toMatch(/\n {2}attempt +read_write finished, 1000003 bytes in [\d.]+ ms\n}$/)
    expect(text.split('\n').every((line) => line.length < 200)).toBe(true)
  })

  test('it is indented where it is nested, and short where it is deep', async () => {
    const report = await copy()
    expect(inspect({ nested: { report } })).toMatch(/\n {6}bytes {5}/)
    expect(inspect({ a: { b: { c: { report } } } })).toMatch(/\[Object\]/)
    expect(inspect([report], { depth: 0 })).toBe('[ [TransferReport] ]')
  })
})

test('strategies are named in reports as in the list', async () => {
  const { attempts } = await copyFile(source, join(dir, 'to'))
  for (const { strategy } of attempts) expect(strategies).toContain(strategy)
})

function from(first: number, values: number[]): Record<number, number> {
  return Object.fromEntries(values.map((value, i) => [first + i, value]))
}

/** A report as the binding would send it: NaN where nothing is said, no system calls, no attempts. */
function reportOf(known: Record<number, number>, text = 'basis\u0000'): Report {
  const numbers = new Float64Array(256).fill(Number.NaN)
  for (const index of [3, 4, 5, 7, 8, 9, 12, 13, 14, 15, 21, 22]) numbers[index] = 0
  for (const [index, value] of Object.entries(known)) numbers[Number(index)] = value
  return Report.read(numbers, text)
}
