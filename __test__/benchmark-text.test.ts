// @once
// What is said of numbers: sentences, tables, the plot, the comparison, the time left.

import { compared, comparisonText } from '../cli/bench-compare'
import { plotText } from '../cli/bench-plot'
import { autoOf, findingOf } from '../lib/benchmark-finding'
import { Pace } from '../lib/benchmark-pace'
import { resultOf, rowOf, sampleOf, spreadOf } from './support/bench-rows'

describe('the finding', () => {
  test('is what the original found, with its numbers', () => {
    const rows = [
      rowOf('read_write', 32, 240),
      rowOf('read_write', 512, 20),
      rowOf('mmap_write', 32, 120),
      rowOf('mmap_write', 512, 15),
      rowOf('sendfile', 32, 2.5),
      rowOf('sendfile', 512, 2.4),
      rowOf('splice', null, 3),
    ]
    expect(findingOf(rows)).toEqual([
      'read_write falls from 240.0 ms with 32 to 20.0 ms with 512 bytes: 12 times.',
      'mmap_write falls from 120.0 ms with 32 to 15.0 ms with 512 bytes: 8.0 times.',
      'sendfile is flat: 2.400 ms to 2.500 ms, whatever the buffer. It has none.',
      'With 32 bytes read_write takes 96 times and mmap_write 48 times as long as sendfile.',
      'With 512 bytes read_write takes 8.3 times and mmap_write 6.3 times as long as sendfile.',
    ])
  })

  test('is what is true where it was not so', () => {
    const said = (...rows: ReturnType<typeof rowOf>[]) => findingOf(rows)[0]
    expect(said(rowOf('read_write', 64, 10), rowOf('read_write', 128, 10.5))).toBe(
      'read_write is flat: 10.0 ms to 10.5 ms, with buffers from 64 to 128 bytes.',
    )
    expect(said(rowOf('mmap_write', 64, 10), rowOf('mmap_write', 128, 15))).toBe(
      'mmap_write rises from 10.0 ms with 64 to 15.0 ms with 128 bytes: 1.50 times.',
    )
    expect(said(rowOf('sendfile', 64, spreadOf(3, 0.3)), rowOf('sendfile', 128, spreadOf(4, 0.3)))).toMatch(
      /^sendfile is flat within the noise: 3\.000 ms to 4\.000 ms/,
    )
    expect(said(rowOf('sendfile', 64, 3), rowOf('sendfile', 128, 4))).toMatch(/^sendfile is not flat here/)
    expect(findingOf([rowOf('read_write', 64, 10), rowOf('sendfile', 64, null)])).toEqual([])
  })

  test('names the size where there are several', () => {
    const of = (size: number) => [rowOf('sendfile', 32, 2, { size }), rowOf('sendfile', 64, 2, { size })]
    expect(findingOf([...of(1e6), ...of(1e9)]).map((each) => each.split(' is')[0])).toEqual([
      '1.0 MB: sendfile',
      '1.0 GB: sendfile',
    ])
  })

  test('of auto is what it picked, what it passed over, and how it did', () => {
    const attempts = [
      {
        strategy: 'reflink' as const,
        bytes: 0,
        durationMs: 0,
        outcome: 'refused' as const,
        reason: 'the file system lacks the operation',
      },
      {
        strategy: 'copy_file_range' as const,
        bytes: 9,
        durationMs: 1,
        outcome: 'finished' as const,
        reason: null,
      },
    ]
    const rows = [rowOf('splice', null, 3), rowOf('auto', null, 2.5)]
    const auto = autoOf(rows, [sampleOf({ strategy: 'copy_file_range', attempts })])
    expect(auto).toEqual({
      picks: 'copy_file_range',
      why:
        'auto picks copy_file_range: reflink was refused, the file system lacks the operation. ' +
        'It took 2.500 ms; of those that were named splice was the fastest with 3.000 ms.',
      attempts,
    })
    expect(autoOf(rows, [])).toMatchObject({ picks: null, attempts: [] })
  })
})

test('String of a result says why rows have no numbers, and what to doubt', () => {
  const rows = [
    rowOf('reflink', null, null, { unavailable: 'the file system lacks the operation' }),
    rowOf('splice', null, null),
  ]
  const warnings = [{ kind: 'noisy' as const, message: 'in 1 row the runs differ', rows: [0] }]
  const text = String(resultOf(rows, { warnings, complete: false }))
  expect(text).toMatch(/^reflink +the file system lacks the operation$/m)
  expect(text).toMatch(/^splice +not yet$/m)
  expect(text).toMatch(
    /\n\nNot complete: it was interrupted\.\nWarning \(noisy\): in 1 row the runs differ\.$/,
  )
})

describe('the plot', () => {
  const rows = [
    rowOf('read_write', 32, 200),
    rowOf('read_write', 64, 100),
    rowOf('read_write', 512, 20),
    rowOf('sendfile', 32, 2),
    rowOf('sendfile', 64, 2),
    rowOf('sendfile', 512, 2),
    rowOf('splice', null, 2),
  ]

  test('has a letter for each strategy, falls where the time falls, and shows lines that lie on each other', () => {
    const lines = plotText(rows, 60)?.split('\n') ?? []
    expect(lines.at(-2)).toBe('r read_write   s sendfile   p splice')
    expect(lines.at(-1)).toBe('time (logarithmic) against buffer size in bytes (logarithmic)')
    const lineWith = (letter: string) =>
      lines.slice(0, -2).map((line, i) => [line.indexOf(letter), i] as const)
    const falling = lineWith('r').filter(([column]) => column > 0)
    expect(falling.length).toBeGreaterThan(5)
    // Further down is further right.
    const columns = falling.map(([column]) => column)
    expect(columns).toEqual([...columns].sort((a, b) => a - b))
    expect(lines.some((line) => /[┤│] *sp +sp +sp/.test(line))).toBe(true)
    expect(lines.some((line) => line.includes('100 ms┤'))).toBe(true)
    expect(lines.at(-3)?.trim().split(/ +/)).toEqual(['32', '64', '512'])
  })

  test('begins at zero where it need not be logarithmic', () => {
    const few = rows.filter(({ strategy }) => strategy === 'sendfile')
    const lines = plotText(few, 40)?.split('\n') ?? []
    expect(lines.some((line) => /^ *0 ms┤/.test(line))).toBe(true)
    expect(lines.at(-1)).toBe('time against buffer size in bytes (logarithmic)')
  })

  test('is not drawn of one buffer', () => {
    expect(plotText(rows.filter(({ bufferSize }) => bufferSize !== 64 && bufferSize !== 512))).toBeNull()
  })
})

describe('a comparison', () => {
  const before = resultOf([rowOf('read_write', 32, 200), rowOf('sendfile', 32, 2), rowOf('splice', null, 3)])

  test('of a record with itself shows no difference', () => {
    const { rows, differences } = compared(before, structuredClone(before))
    expect(differences).toEqual([])
    expect(rows.map(({ ratio, verdict }) => [ratio, verdict])).toEqual(
      Array.from({ length: 3 }, () => [1, 'within noise']),
    )
  })

  test('says what is faster, slower, within noise, and only in one of them', () => {
    const now = resultOf([
      rowOf('read_write', 32, 100),
      rowOf('sendfile', 32, 2.05),
      rowOf('reflink', null, 1),
      rowOf('auto', null, null),
    ])
    now.environment = { ...now.environment, kernel: '6.2.0' }
    const { rows, differences } = compared(before, now)
    expect(rows.map(({ strategy, verdict }) => [strategy, verdict])).toEqual([
      ['read_write', 'faster'],
      ['sendfile', 'within noise'],
      ['reflink', 'only now'],
      ['auto', 'ran neither time'],
      ['splice', 'only in the record'],
    ])
    expect(rows[0]).toMatchObject({ recordMs: 200, nowMs: 100, ratio: 0.5 })
    expect(rows[0]?.low).toBeCloseTo(98 / 204, 9)
    expect(rows[0]?.high).toBeCloseTo(102 / 196, 9)
    expect(compared(now, before).rows[0]?.verdict).toBe('slower')
    expect(differences).toEqual(['kernel was 6.1.0, is 6.2.0'])
    const text = comparisonText({ rows, differences }, now)
    expect(text).toMatch(
      /│ read_write +│ +32 │ +200\.0 ms │ +100\.0 ms │ +0\.50 │ +0\.48 to 0\.52 │ faster +│/,
    )
    expect(text).toMatch(/\nDifferent: kernel was 6\.1\.0, is 6\.2\.0\.$/)
  })
})

test('the time left is what each row took until now, and for new ones what the others took for a byte', () => {
  const pace = new Pace([1000, 1000, 10_000])
  expect(pace.remainingMs([3, 3, 3])).toBeNull()
  pace.took(0, 10)
  pace.took(0, 20)
  expect(pace.remainingMs([1, 0, 0])).toBeCloseTo(15, 9)
  expect(pace.remainingMs([0, 2, 1])).toBeCloseTo(2 * 15 + 150, 9)
  pace.took(1, 100)
  expect(pace.remainingMs([0, 2, 0])).toBeCloseTo(200, 9)
})
