// @once
import { durationText, rateText, sizeText } from '../cli/quantity'
import { parseBufferSize, parseSize } from '../cli/size'

describe('a size on the command line', () => {
  test.each([
    ['0', 0],
    ['64', 64],
    ['007', 7],
    ['128K', 131_072],
    ['128k', 131_072],
    ['1KiB', 1024],
    ['1kib', 1024],
    ['1KB', 1000],
    ['1kB', 1000],
    ['4M', 4_194_304],
    ['4MiB', 4_194_304],
    ['4MB', 4_000_000],
    ['2G', 2_147_483_648],
    ['2GiB', 2_147_483_648],
    ['2GB', 2_000_000_000],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test.each([
    '',
    ' ',
    'K',
    '-1',
    '+1',
    '1.5K',
    '1e3',
    '0x10',
    '1 K',
    ' 1',
    '1B',
    '1T',
    '1Ki',
    '1KK',
    '1toString',
    '٣',
    'Infinity',
    '9007199254740992',
    '8388608G',
    '9'.repeat(400),
  ])('%j is no size', (text) => {
    expect(() => parseSize(text)).toThrow(/^Expected /)
  })

  test('of a buffer is not 0', () => {
    expect(parseBufferSize('1')).toBe(1)
    expect(() => parseBufferSize('0K')).toThrow('Expected at least 1 byte.')
  })
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [268_435_456, '268 MB'],
  [Number.MAX_SAFE_INTEGER, '9.0 PB'],
])('%d bytes are told as %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

test.each([
  [0, '0.000 ms'],
  [0.17352, '0.174 ms'],
  [9.9994, '9.999 ms'],
  [9.9995, '10.0 ms'],
  [999.94, '999.9 ms'],
  [999.95, '1.00 s'],
  [9_994, '9.99 s'],
  [9_995, '10.0 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [3_599_499, '59 min 59 s'],
  [3_599_500, '1 h 00 min'],
  [360_000_000, '100 h 00 min'],
])('%d milliseconds are told as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test('a rate that is not known is none', () => {
  expect(rateText(1_234_567)).toBe('1.2 MB/s')
  expect(rateText(null)).toBe('none')
})
