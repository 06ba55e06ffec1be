import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  copyFileSync as nodeCopyFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { copyFile as nodeCopyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyFile, copyFileSync, ZeroCopyError } from '../index'
import { errorOf } from '../lib/errors'
import { Failure } from '../lib/failure'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-errors-'))
const at = (name: string) => join(dir, name)
const long = at('n'.repeat(256))

beforeAll(() => {
  writeFileSync(at('source'), 'source')
  writeFileSync(at('unreadable'), 'secret', { mode: 0 })
  writeFileSync(at('read-only'), 'kept', { mode: 0o444 })
  mkdirSync(at('directory'))
  mkdirSync(at('closed'))
  symlinkSync(at('loop'), at('loop'))
  chmodSync(at('closed'), 0o555)
})
afterAll(() => rmSync(dir, { recursive: true }))

/** What Node's errors have, and how they are printed; `done` where nothing failed. */
function shapeOf(error: unknown): unknown {
  const { code, errno, syscall, path, dest, message } = error as NodeJS.ErrnoException & { dest?: string }
  return { code, errno, syscall, path, dest, message, own: Object.keys(error as object).slice(0, 5) }
}

const settled = (promise: Promise<unknown>) => promise.then(() => 'done', shapeOf)

function called(run: () => unknown): unknown {
  try {
    run()
    return 'done'
  } catch (error) {
    return shapeOf(error)
  }
}

// Root may read and write what others may not; then neither fails.
test.each<[string, string | Buffer, string | Buffer]>([
  ['a source that is not there', at('nope'), at('to')],
  ['a relative source that is not there', 'no/such/file', 'to'],
  ['a source as Buffer', Buffer.from(at('nope')), Buffer.from(at('to'))],
  ['a destination in no directory', at('source'), at('nope/to')],
  ['a directory as source', at('directory'), at('to')],
  ['a directory as destination', at('source'), at('directory')],
  ['a file as directory', at('source/below'), at('to')],
  ['links in a circle', at('loop'), at('to')],
  ['a name too long', at('source'), long],
  ['an empty source', '', at('to')],
  ['an empty destination', at('source'), ''],
  ['an unreadable source', at('unreadable'), at('to')],
  ['a read-only destination', at('source'), at('read-only')],
  ['a directory without write permission', at('source'), at('closed/to')],
])("%s: Node's own error", async (_what, source, destination) => {
  const nodes = await settled(nodeCopyFile(source, destination))
  rmSync(at('to'), { force: true })
  expect(await settled(copyFile(source, destination))).toEqual(nodes)
  rmSync(at('to'), { force: true })
  expect(called(() => copyFileSync(source, destination))).toEqual(
    called(() => nodeCopyFileSync(source, destination)),
  )
})

test('an error says what was done before it', async () => {
  const error = await copyFile(at('nope'), at('to')).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(ZeroCopyError)
  expect(error).toBeInstanceOf(Error)
  expect(error.name).toBe('ZeroCopyError')
  expect({ ...error }).toEqual({
    errno: -2,
    code: 'ENOENT',
    syscall: 'copyfile',
    path: at('nope'),
    dest: at('to'),
    call: expect.stringMatching(/^open/),
    strategy: null,
    bytes: 0,
    attempts: [],
  })
  expect(existsSync(at('to'))).toBe(false)
})

describe('the stack', () => {
  async function asynchronousCaller() {
    await copyFile(at('nope'), at('to'))
  }
  function synchronousCaller() {
    copyFileSync(at('nope'), at('to'))
  }
  async function waitingCaller() {
    await new Promise((resolve) => setImmediate(resolve))
    await asynchronousCaller()
  }

  test('leads to the asynchronous callers', async () => {
    const { stack } = await waitingCaller().catch((error) => error)
    expect(stack.split('\n')[0]).toBe(
      `ZeroCopyError: ENOENT: no such file or directory, copyfile '${at('nope')}' -> '${at('to')}'`,
    )
    expect(stack).toMatch(/at (async )?asynchronousCaller/)
    expect(stack).toMatch(/at (async )?waitingCaller/)
  })

  test('leads to the synchronous caller, and shows nothing of ours', () => {
    const error = thrown(synchronousCaller)
    expect(error.stack).toMatch(/\n {4}at synchronousCaller/)
    expect(error.stack).not.toMatch(/lib\/(copy|errors)/)
  })

  test('of a bad argument leads there too', async () => {
    const badCaller = async () => await copyFile(at('source'), at('to'), { offset: -1 })
    const { stack } = await badCaller().catch((error) => error)
    expect(stack).toMatch(/at badCaller/)
  })
})

function thrown(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('a descriptor', () => {
  test('that is not open is EBADF, without a path', async () => {
    const ebadf = { code: 'EBADF', errno: -9, syscall: 'copyfile', dest: at('to') }
    const error = await copyFile(2 ** 20, at('to')).catch((thrown) => thrown)
    expect(error).toMatchObject(ebadf)
    expect(error.message).toMatch(/^EBADF: bad file descriptor, copyfile -> '/)
    expect('path' in error).toBe(false)
    expect(() => copyFileSync(2 ** 20, at('to'))).toThrow(expect.objectContaining(ebadf))
    expect(existsSync(at('to'))).toBe(false)
  })

  test('of a closed FileHandle is EBADF', async () => {
    const { open } = await import('node:fs/promises')
    const handle = await open(at('source'))
    await handle.close()
    await expect(copyFile(handle, at('to'))).rejects.toMatchObject({ code: 'EBADF', errno: -9, bytes: 0 })
    expect(existsSync(at('to'))).toBe(false)
  })

  test('open for writing alone is EBADF', async () => {
    const { open } = await import('node:fs/promises')
    const handle = await open(at('written'), 'w')
    try {
      await handle.write('text')
      await expect(copyFile(handle, at('to'))).rejects.toMatchObject({ code: 'EBADF' })
    } finally {
      await handle.close()
    }
  })
})

test('a range beyond the end of the source is a RangeError', async () => {
  for (const options of [{ offset: 7 }, { length: 7 }, { offset: 3, length: 4 }]) {
    const error = await copyFile(at('source'), at('to'), options).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE', path: at('source'), dest: at('to'), bytes: 0 })
    expect(error.message).toMatch(/beyond the end of the source, copyfile '.*' -> '/)
    expect('errno' in error).toBe(false)
    expect(existsSync(at('to'))).toBe(false)
  }
})

describe('on a file system without reflinks', () => {
  const TMPFS = 0x01021994
  let memory: string
  let source: string
  let destination: string
  beforeAll(() => {
    memory = mkdtempSync('/dev/shm/zero-copy-rs-errors-')
    source = join(memory, 'source')
    destination = join(memory, 'to')
    expect(statfsSync(memory).type).toBe(TMPFS)
    writeFileSync(source, 'source')
  })
  afterAll(() => rmSync(memory, { recursive: true }))

  test("an explicit reflink is ERR_STRATEGY_UNAVAILABLE, with the kernel's answer as cause", async () => {
    const error = await copyFile(source, destination, { strategy: 'reflink' }).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ZeroCopyError)
    expect(error).toMatchObject({
      code: 'ERR_STRATEGY_UNAVAILABLE',
      path: source,
      dest: destination,
      bytes: 0,
    })
    expect(error.message).toMatch(/^ERR_STRATEGY_UNAVAILABLE: .*copyfile '.*' -> '/)
    expect('errno' in error || 'syscall' in error).toBe(false)
    expect(error.cause).toBeInstanceOf(Error)
    expect({ ...error.cause }).toEqual({ code: 'ENOTSUP', errno: -95, syscall: 'ioctl' })
    expect(error.attempts).toEqual([
      expect.objectContaining({ strategy: 'reflink', code: 'ENOTSUP', errno: -95, syscall: 'ioctl' }),
    ])
  })

  test("reflink: 'always' is the kernel's own code", async () => {
    const enotsup = { code: 'ENOTSUP', errno: -95, syscall: 'copyfile', call: 'ioctl', path: source }
    await expect(copyFile(source, destination, { reflink: 'always' })).rejects.toMatchObject(enotsup)
    await expect(copyFile(source, destination, 4)).rejects.toMatchObject(enotsup)
    expect(() => copyFileSync(source, destination, 4)).toThrow(expect.objectContaining(enotsup))
  })
})

describe('words', () => {
  const operation = { syscall: 'copyfile', path: 'a', dest: 'b' }

  test("an errno that Node has no name for has the core's", () => {
    const failure = new Failure({
      errno: 122,
      code: 'EDQUOT',
      description: 'quota exceeded',
      call: 'pwrite64',
    })
    expect(errorOf(failure, operation)).toMatchObject({
      message: "EDQUOT: quota exceeded, copyfile 'a' -> 'b'",
      code: 'EDQUOT',
      errno: -122,
      call: 'pwrite64',
    })
  })

  test('a detail stands in parentheses', () => {
    const { message } = errorOf(new Failure({ errno: 22, detail: 'a FIFO' }), operation)
    expect(message).toBe("EINVAL: invalid argument, copyfile 'a' -> 'b' (a FIFO)")
  })
})
