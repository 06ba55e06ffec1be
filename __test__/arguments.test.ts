// over 300 lines: one row for each bad argument.

import { constants, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { copyFile, copyFileSync, probe } from '../index'

type Bad = [what: string, code: string, message: string | RegExp, args: unknown[]]

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-arguments-'))
const source = join(dir, 'source')
const kept = join(dir, 'kept')
const missing = join(dir, 'missing')
writeFileSync(source, 'source')
writeFileSync(kept, 'kept')
const before = statSync(kept, { bigint: true })

afterAll(() => rmSync(dir, { recursive: true }))
afterEach(() => {
  const { mtimeNs, ctimeNs, ino } = statSync(kept, { bigint: true })
  expect({ mtimeNs, ctimeNs, ino }).toEqual({
    mtimeNs: before.mtimeNs,
    ctimeNs: before.ctimeNs,
    ino: before.ino,
  })
  expect(readFileSync(kept, 'utf8')).toBe('kept')
  expect(existsSync(missing)).toBe(false)
})

const TYPE = 'ERR_INVALID_ARG_TYPE'
const VALUE = 'ERR_INVALID_ARG_VALUE'
const RANGE = 'ERR_OUT_OF_RANGE'
const MAX = Number.MAX_SAFE_INTEGER

const withOptions = (options: unknown) => [source, kept, options]
const property = (name: string, value: unknown) => withOptions({ [name]: value })

/** What the promise and the synchronous function refuse alike. */
const both: Bad[] = [
  [
    'no source',
    TYPE,
    /^The "source" argument must be of type string .*Buffer or URL.* Received undefined$/,
    [],
  ],
  ['a null source', TYPE, /Received null$/, [null, kept]],
  ['a boolean source', TYPE, /Received type boolean \(true\)$/, [true, kept]],
  ['an object as source', TYPE, /Received an instance of Object$/, [{ fd: 3 }, kept]],
  [
    'a source with a NUL',
    VALUE,
    /^The argument 'source' must be a string, .* without null bytes\. /,
    ['a\0b', kept],
  ],
  ['a Buffer with a NUL', VALUE, /null bytes\. Received <Buffer 61 00>$/, [Buffer.from('a\0'), kept]],
  ['a URL with a NUL', VALUE, /null bytes/, [new URL('file:///a%00b'), kept]],
  ['a URL that is no file', 'ERR_INVALID_URL_SCHEME', /file/, [new URL('http://localhost/'), kept]],
  [
    'a negative descriptor',
    RANGE,
    'The value of "source" is out of range. It must be >= 0 && <= 2147483647. Received -1',
    [-1, kept],
  ],
  ['too great a descriptor', RANGE, /Received 2147483648$/, [2 ** 31, kept]],
  [
    'half a descriptor',
    RANGE,
    'The value of "source" is out of range. It must be an integer. Received 1.5',
    [1.5, kept],
  ],
  ['NaN as descriptor', RANGE, /Received NaN$/, [Number.NaN, kept]],
  [
    'no destination',
    TYPE,
    /^The "destination" argument must be of type string or an instance of Buffer or URL\. Received undefined$/,
    [source],
  ],
  ['a descriptor as destination', TYPE, /Received type number \(1\)$/, [source, 1]],
  ['a destination with a NUL', VALUE, /^The argument 'destination' /, [source, `${kept}\0`]],

  [
    'null options',
    TYPE,
    'The "options" argument must be of type number or an instance of Object. Received null',
    withOptions(null),
  ],
  ['text as options', TYPE, /Received type string \('sendfile'\)$/, withOptions('sendfile')],
  ['an array as options', TYPE, /Received an instance of Array$/, withOptions([])],
  ['a function as options', TYPE, /Received function callback$/, withOptions(function callback() {})],
  [
    'a mode below 0',
    RANGE,
    'The value of "mode" is out of range. It must be >= 0 && <= 7. Received -1',
    withOptions(-1),
  ],
  ['a mode above 7', RANGE, /Received 8$/, withOptions(8)],
  ['half a mode', RANGE, /integer\. Received 0\.5$/, withOptions(0.5)],

  [
    'an unknown strategy',
    VALUE,
    "The property 'options.strategy' must be one of: 'auto', 'read_write', 'mmap_write', 'sendfile', 'copy_file_range', 'splice', 'reflink', 'direct', 'stream'. Received 'zero'",
    property('strategy', 'zero'),
  ],
  ['a strategy of a later version', VALUE, /Received 'io_uring'$/, property('strategy', 'io_uring')],
  ["the original's number", TYPE, /Received type number \(3\)$/, property('strategy', 3)],
  ['a null strategy', TYPE, /Received null$/, property('strategy', null)],
  [
    'an empty list',
    VALUE,
    "The property 'options.strategy' must list one strategy at least. Received []",
    property('strategy', []),
  ],
  [
    'auto in a list',
    VALUE,
    /^The property 'options\.strategy\[1\]' must be one of: 'read_write', .* Received 'auto'$/,
    property('strategy', ['splice', 'auto']),
  ],
  [
    'a number in a list',
    TYPE,
    /^The "options\.strategy\[0\]" property must be of type string\. Received type number \(1\)$/,
    property('strategy', [1]),
  ],

  [
    'text as offset',
    TYPE,
    `The "options.offset" property must be of type number. Received type string ('1')`,
    property('offset', '1'),
  ],
  ['a bigint as offset', TYPE, /Received type bigint \(1n\)$/, property('offset', 1n)],
  [
    'a negative offset',
    RANGE,
    `The value of "options.offset" is out of range. It must be >= 0 && <= ${MAX}. Received -1`,
    property('offset', -1),
  ],
  ['half an offset', RANGE, /integer\. Received 0\.5$/, property('offset', 0.5)],
  ['an unsafe offset', RANGE, /Received 9_007_199_254_740_992$/, property('offset', MAX + 1)],
  ['NaN as length', RANGE, /Received NaN$/, property('length', Number.NaN)],
  ['an endless length', RANGE, /Received Infinity$/, property('length', Number.POSITIVE_INFINITY)],
  ['a null length', TYPE, /Received null$/, property('length', null)],
  [
    'a bufferSize of 0',
    RANGE,
    `The value of "options.bufferSize" is out of range. It must be >= 1 && <= ${MAX}. Received 0`,
    property('bufferSize', 0),
  ],
  ['text as bufferSize', TYPE, /"options\.bufferSize"/, property('bufferSize', '64K')],

  [
    'text as overwrite',
    TYPE,
    `The "options.overwrite" property must be of type boolean. Received type string ('no')`,
    property('overwrite', 'no'),
  ],
  [
    'an unknown reflink',
    VALUE,
    "The property 'options.reflink' must be one of: 'auto', 'always', 'never'. Received 'maybe'",
    property('reflink', 'maybe'),
  ],
  [
    'a boolean reflink',
    TYPE,
    /"options\.reflink" property must be of type string/,
    property('reflink', true),
  ],
  [
    'reflink always by another strategy',
    VALUE,
    /^The property 'options\.strategy' must be or include 'reflink' .* Received 'sendfile'$/,
    withOptions({ reflink: 'always', strategy: 'sendfile' }),
  ],
  [
    'reflink always by a list without it',
    VALUE,
    /Received \[ 'sendfile', 'splice' \]$/,
    withOptions({ reflink: 'always', strategy: ['sendfile', 'splice'] }),
  ],

  [
    'an unknown atomic',
    VALUE,
    /must be one of: 'auto', true, false\. Received 'yes'$/,
    property('atomic', 'yes'),
  ],
  ['a number as atomic', TYPE, /"options\.atomic"/, property('atomic', 1)],
  ['text as durable', TYPE, /"options\.durable"/, property('durable', 'auto')],
  [
    'an unknown sparse',
    VALUE,
    /must be one of: 'auto', 'always', 'never'\. Received 'x'$/,
    property('sparse', 'x'),
  ],
  ['a boolean sparse', TYPE, /"options\.sparse"/, property('sparse', true)],
  [
    'text in preserve',
    TYPE,
    /"options\.preserve\.xattrs" property must be of type boolean/,
    property('preserve', { xattrs: 'user' }),
  ],
  ['text as preserve', TYPE, /"options\.preserve"/, property('preserve', 'all')],
  ['no thread', RANGE, /"options\.threads" is out of range\. It must be >= 1/, property('threads', 0)],
  ['text as threads', VALUE, /must be 'auto' or a number\. Received 'many'$/, property('threads', 'many')],
  ['a number in preserve', TYPE, /"options\.preserve\.ownership"/, property('preserve', { ownership: 1 })],
  ['a boolean as threads', TYPE, /"options\.threads"/, property('threads', true)],

  [
    'text as signal',
    TYPE,
    `The "options.signal" property must be an instance of AbortSignal. Received type string ('x')`,
    property('signal', 'x'),
  ],
  ['a null signal', TYPE, /Received null$/, property('signal', null)],
  ['an object as signal', TYPE, /Received an instance of Object$/, property('signal', {})],
  [
    'an object as onProgress',
    TYPE,
    /"options\.onProgress" property must be of type function/,
    property('onProgress', {}),
  ],
  ['text as progressIntervalMs', TYPE, /"options\.progressIntervalMs"/, property('progressIntervalMs', '1')],
  [
    'a negative progressIntervalMs',
    RANGE,
    /must be >= 0 and finite\. Received -1$/,
    property('progressIntervalMs', -1),
  ],
  ['NaN as progressIntervalMs', RANGE, /Received NaN$/, property('progressIntervalMs', Number.NaN)],
  [
    'an endless progressIntervalMs',
    RANGE,
    /Received Infinity$/,
    property('progressIntervalMs', Number.POSITIVE_INFINITY),
  ],
]

function expectBad(error: unknown, code: string, message: string | RegExp) {
  const { name, stack } = error as Error
  expect(error).toMatchObject({ code, message: expect.stringMatching(exactly(message)) })
  expect(name).toBe(code === RANGE ? 'RangeError' : 'TypeError')
  if ([TYPE, VALUE, RANGE].includes(code)) expect(stack).toMatch(`${name} [${code}]: `)
}

function exactly(message: string | RegExp): RegExp {
  return message instanceof RegExp
    ? message
    : new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
}

/** Bad arguments, on purpose: past the type checker. */
const copy = copyFile as (...args: unknown[]) => Promise<unknown>
const copySync = copyFileSync as (...args: unknown[]) => unknown

test.each(both)('%s is refused', async (_what, code, message, args) => {
  const promise = copy(...args) // never throws itself
  expectBad(await promise.catch((error) => error), code, message)
  expectBad(
    thrownBy(() => copySync(...args)),
    code,
    message,
  )
})

function thrownBy(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('copyFileSync', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'signal',
      new AbortController().signal,
      /^The property 'options\.signal' is not for copyFileSync\. Received/,
    ],
    ['onProgress', () => {}, /^The property 'options\.onProgress' is not for copyFileSync\. Received/],
    [
      'progressIntervalMs',
      5,
      /^The property 'options\.progressIntervalMs' is not for copyFileSync\. Received 5$/,
    ],
  ])('refuses %s', (name, value, message) => {
    expectBad(
      thrownBy(() => copySync(...property(name, value))),
      VALUE,
      message,
    )
  })

  test('takes no FileHandle', async () => {
    const handle = await open(source)
    try {
      expectBad(
        thrownBy(() => copySync(handle, kept)),
        TYPE,
        /Received an instance of FileHandle$/,
      )
    } finally {
      await handle.close()
    }
  })
})

describe('probe', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['a host that is no name', { host: 5 }, TYPE, /"where\.host" property must be of type string/],
    ['a port that is no number', { host: 'localhost', port: 'x' }, TYPE, /"where\.port" property must be/],
    [
      'a number',
      1,
      TYPE,
      /^The "where" argument must be of type string or an instance of Buffer or URL, net\.Socket or \{ host \}\. Received type number \(1\)$/,
    ],
    ['null', null, TYPE, /Received null$/],
    ['a path with a NUL', '/\0', VALUE, /null bytes/],
  ])('refuses %s', async (_what, where, code, message) => {
    expectBad(await probe(where as string).catch((error) => error), code, message)
  })
})

describe('what is accepted', () => {
  const destination = join(dir, 'destination')
  afterEach(() => rmSync(destination, { force: true }))

  test.each<[string, unknown]>([
    [
      'undefined properties',
      { strategy: undefined, offset: undefined, signal: undefined, preserve: undefined },
    ],
    ['undefined options', undefined],
    [
      'the defaults, said',
      { atomic: 'auto', durable: false, sparse: 'auto', preserve: false, threads: 'auto' },
    ],
    ['their negatives', { atomic: false, durable: false, sparse: 'never', preserve: false }],
    ['their opposites', { atomic: true, durable: true, sparse: 'always', preserve: true }],
    ['one thread', { threads: 1 }],
    ['more threads than there are', { threads: 1000 }],
    ['an empty preserve', { preserve: { timestamps: false, xattrs: undefined } }],
    ['unknown properties, as in Node', { colour: 'red' }],
    ['a strategy twice in a list', { strategy: ['read_write', 'read_write'] }],
    ['the greatest bufferSize', { bufferSize: MAX, strategy: 'sendfile' }],
    ['a mode of 0', 0],
    ['COPYFILE_FICLONE', constants.COPYFILE_FICLONE],
    ['COPYFILE_EXCL to a new name', constants.COPYFILE_EXCL],
  ])('%s', async (_what, options) => {
    expect(await copy(source, destination, options)).toMatchObject({ bytes: 6 })
    rmSync(destination)
    expect(copySync(source, destination, options)).toMatchObject({ bytes: 6 })
    expect(readFileSync(destination, 'utf8')).toBe('source')
  })

  test('a progressIntervalMs of 0, and one longer than a timer', async () => {
    for (const progressIntervalMs of [0, 2 ** 40]) {
      const seen: number[] = []
      await copyFile(source, destination, { progressIntervalMs, onProgress: ({ bytes }) => seen.push(bytes) })
      expect(seen.at(-1)).toBe(6)
    }
  })

  test('COPYFILE_EXCL onto a file is EEXIST', async () => {
    const eexist = { code: 'EEXIST', syscall: 'copyfile', path: source, dest: kept }
    await expect(copyFile(source, kept, constants.COPYFILE_EXCL)).rejects.toMatchObject(eexist)
    await expect(copyFile(source, kept, { overwrite: false })).rejects.toMatchObject(eexist)
    expect(() => copyFileSync(source, kept, constants.COPYFILE_EXCL)).toThrow(expect.objectContaining(eexist))
  })

  test('paths as Buffer, Uint8Array and URL, and bytes that are not UTF-8', async () => {
    const odd = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe])])
    await copyFile(Buffer.from(source), odd)
    expect(readFileSync(odd, 'utf8')).toBe('source')
    await copyFile(odd, pathToFileURL(destination))
    expect(readFileSync(destination, 'utf8')).toBe('source')
    rmSync(destination)
    // Not Buffers: Node's own fs takes any Uint8Array, whatever its types say.
    copySync(new Uint8Array(odd), new Uint8Array(Buffer.from(destination)))
    expect(readFileSync(destination, 'utf8')).toBe('source')
    rmSync(odd)
  })

  test('a FileHandle and a descriptor, left open and where they were', async () => {
    const handle = await open(source)
    try {
      await handle.read(Buffer.alloc(2), 0, 2)
      expect(await copyFile(handle, destination)).toMatchObject({ bytes: 6 })
      expect(await copyFile(handle.fd, destination, { offset: 1, length: 3 })).toMatchObject({ bytes: 3 })
      expect(copyFileSync(handle.fd, destination)).toMatchObject({ bytes: 6 })
      expect(readFileSync(destination, 'utf8')).toBe('source')
      expect(`${(await handle.read(Buffer.alloc(9), 0, 9)).buffer.subarray(0, 4)}`).toBe('urce')
    } finally {
      await handle.close()
    }
  })
})
