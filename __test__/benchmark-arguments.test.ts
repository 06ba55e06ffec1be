// @once
// What no benchmark can be made of: refused before anything is touched.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchmarkOptions, benchmark } from '../index'
import { scratch } from './support/place'

const directory = scratch('benchmark-arguments')
const empty = join(directory, 'empty')
mkdirSync(empty)
writeFileSync(join(directory, 'file'), 'x')

afterEach(() => expect(readdirSync(empty)).toEqual([]))

const TYPE = 'ERR_INVALID_ARG_TYPE'
const VALUE = 'ERR_INVALID_ARG_VALUE'
const RANGE = 'ERR_OUT_OF_RANGE'

test.each<[string, unknown, string, string | RegExp]>([
  ['options', 5, TYPE, /"options" argument must be an instance of Object/],
  ['size', 0, RANGE, 'The value of "options.size" is out of range. It must be >= 1'],
  ['size', '5', TYPE, '"options.size" property must be of type number'],
  ['size', [], VALUE, "'options.size' must list one at least"],
  ['size', [5, 1.5], RANGE, '"options.size[1]" is out of range. It must be an integer'],
  ['size', [5, undefined], TYPE, '"options.size[1]"'],
  ['buffers', [0], RANGE, '"options.buffers[0]" is out of range. It must be >= 1 && <= 8388608'],
  ['buffers', [32, 8 * 2 ** 20 + 1], RANGE, '"options.buffers[1]" is out of range'],
  ['buffers', [Number.NaN], RANGE, '"options.buffers[0]" is out of range'],
  ['buffers', 64, TYPE, '"options.buffers" property must be an instance of Array'],
  ['buffers', [], VALUE, "'options.buffers' must list one at least"],
  ['strategies', ['teleport'], VALUE, "'options.strategies[0]' must be one of: 'read_write'"],
  ['strategies', ['stream'], VALUE, "is not measured: it is JavaScript's own"],
  ['strategies', 'auto', TYPE, '"options.strategies" property must be an instance of Array'],
  ['strategies', [], VALUE, 'must list one at least'],
  ['iterations', 0, RANGE, '"options.iterations" is out of range. It must be >= 1'],
  ['iterations', 2.5, RANGE, 'It must be an integer'],
  ['cold', 1, TYPE, '"options.cold" property must be of type boolean'],
  ['quick', 'yes', TYPE, '"options.quick" property must be of type boolean'],
  ['where', 5, TYPE, '"options.where" property must be of type string'],
  ['where', 'a\0b', VALUE, 'without null bytes'],
  ['file', {}, TYPE, '"options.file" property must be of type string'],
  ['network', 'host', TYPE, '"options.network" property must be of type boolean or { host, port }'],
  ['network', { host: '' }, VALUE, 'must not be empty'],
  ['network', { host: 'a', port: 0 }, RANGE, '"options.network.port" is out of range'],
  ['signal', {}, TYPE, '"options.signal" property must be an instance of AbortSignal'],
  ['onProgress', 5, TYPE, '"options.onProgress" property must be of type function'],
])('%s: %j', async (name, value, code, message) => {
  const options = name === 'options' ? value : { where: empty, [name]: value }
  const refused = benchmark(options as BenchmarkOptions)
  await expect(refused).rejects.toMatchObject({
    code,
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  })
})

test('a size is of generated files', async () => {
  const both = benchmark({ where: empty, file: join(directory, 'file'), size: 5 })
  await expect(both).rejects.toMatchObject({ code: VALUE, message: expect.stringContaining('not together') })
})

test('what cannot be used is named as Node names it', async () => {
  const wanted = (code: string, path: string) => ({ code, syscall: 'benchmark', path, name: 'ZeroCopyError' })
  const nowhere = join(directory, 'nowhere')
  const file = join(directory, 'file')
  await expect(benchmark({ where: nowhere })).rejects.toMatchObject(wanted('ENOENT', nowhere))
  await expect(benchmark({ where: file })).rejects.toMatchObject(wanted('ENOTDIR', file))
  await expect(benchmark({ where: empty, file: nowhere })).rejects.toMatchObject(wanted('ENOENT', nowhere))
  await expect(benchmark({ where: empty, file: empty })).rejects.toMatchObject(wanted('EISDIR', empty))
  const zero = join(directory, 'zero')
  writeFileSync(zero, '')
  await expect(benchmark({ where: empty, file: zero })).rejects.toMatchObject({ code: RANGE, path: zero })
})
