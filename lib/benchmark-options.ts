/** What a benchmark is asked: checked before anything is touched, and with what was left to us filled in. */

import { lookup } from 'node:dns/promises'
import { isIP, isIPv6 } from 'node:net'
import { boolean, integer, invalidType, invalidValue, oneOf } from './arguments'
import type { BenchmarkOptions, BenchmarkProgress, BenchmarkResult } from './benchmark-types'
import { givenIn, watchOf } from './options'
import { asPath, type Path, pathText } from './path'
import { strategies as known, type Strategy } from './strategies'

/** A benchmark as the binding takes it. */
export interface BenchmarkWish {
  file: Path | null
  where: Path
  /** Null: from file to file; the empty host: over loopback. */
  peer: { host: string; port: number } | null
  /** What the binding takes: lib/binding.ts says which number is what. */
  numbers: Float64Array
  asked: BenchmarkResult['options']
  signal: AbortSignal | undefined
  onProgress: ((progress: BenchmarkProgress) => void) | undefined
}

const SIZE = 10_000_000
const BUFFERS = [32, 64, 128, 256, 512]
const QUICK_BUFFERS = [64, 512]
const LARGEST_BUFFER = 8 * 2 ** 20
const MOST_ITERATIONS = 1_000_000
/** The original's. */
const PORT = 8080

type Named = Strategy | 'auto'

/** `stream` is JavaScript's own: the core, which measures, has none. */
const MEASURED: readonly Strategy[] = known.filter((strategy) => strategy !== 'stream')

export function asBenchmarkOptions(options: unknown): BenchmarkWish {
  const given = givenIn<BenchmarkOptions>(options)
  const quick = boolean('options.quick', given.quick) ?? false
  const iterations = integer('options.iterations', given.iterations, 1, MOST_ITERATIONS)
  const file = given.file === undefined ? null : asPath(given.file, 'options.file')
  if (file !== null && given.size !== undefined) {
    throw invalidValue('options.size', 'is of generated files: not together with options.file', given.size)
  }
  const asked = {
    sizes: file === null ? sizesOf(given.size) : [],
    buffers: buffersOf(given.buffers) ?? (quick ? QUICK_BUFFERS : BUFFERS),
    strategies: strategiesOf(given.strategies),
    iterations: Number.isNaN(iterations) ? (quick ? 3 : 10) : iterations,
    cold: boolean('options.cold', given.cold) ?? false,
    quick,
    file: file === null ? null : baseOf(file),
  }
  const watch = watchOf<BenchmarkProgress>({ signal: given.signal, onProgress: given.onProgress })
  return {
    file,
    where: given.where === undefined ? '.' : asPath(given.where, 'options.where'),
    peer: peerOf(given.network),
    numbers: numbersOf(asked),
    asked,
    signal: watch?.signal,
    onProgress: watch?.onProgress,
  }
}

/** As Rust reads it; a name is looked up first. Null and empty as they are. */
export async function addressOf(peer: BenchmarkWish['peer']): Promise<string | null> {
  if (peer === null) return null
  const { host, port } = peer
  if (host === '') return ''
  const { address } = isIP(host) === 0 ? await lookup(host) : { address: host }
  // Of a zone in it Rust takes the number alone.
  const plain = address.replace(/%\D.*/, '')
  return isIPv6(address) ? `[${plain}]:${port}` : `${plain}:${port}`
}

function sizesOf(size: unknown): number[] {
  if (size === undefined) return [SIZE]
  if (!Array.isArray(size)) return [integer('options.size', size, 1)]
  return eachOf('options.size', size, (each, name) => integer(name, each, 1))
}

function buffersOf(buffers: unknown): number[] | null {
  if (buffers === undefined) return null
  return eachOf('options.buffers', buffers, (each, name) => integer(name, each, 1, LARGEST_BUFFER))
}

function strategiesOf(strategies: unknown): Named[] {
  if (strategies === undefined) return [...MEASURED, 'auto']
  return eachOf('options.strategies', strategies, (each, name) => {
    if (each === 'stream') throw invalidValue(name, "is not measured: it is JavaScript's own", each)
    return oneOf<Named>(name, each, [...MEASURED, 'auto'])
  })
}

/** Each once, one at least. A hole is as undefined, which is nothing of the kind. */
function eachOf<T>(name: string, values: unknown, as: (value: unknown, name: string) => T): T[] {
  if (!Array.isArray(values)) throw invalidType(name, 'an instance of Array', values)
  if (values.length === 0) throw invalidValue(name, 'must list one at least', values)
  const each = Array.from(values, (value, i) => {
    if (value === undefined) throw invalidType(`${name}[${i}]`, 'given', value)
    return as(value, `${name}[${i}]`)
  })
  return [...new Set(each)]
}

function peerOf(network: unknown): BenchmarkWish['peer'] {
  if (network === undefined || network === false) return null
  if (network === true) return { host: '', port: 0 }
  if (typeof network !== 'object' || network === null || !('host' in network)) {
    throw invalidType('options.network', 'of type boolean or { host, port }', network)
  }
  const { host, port } = network as { host: unknown; port?: unknown }
  if (typeof host !== 'string') throw invalidType('options.network.host', 'of type string', host)
  if (host === '') throw invalidValue('options.network.host', 'must not be empty', host)
  const number = integer('options.network.port', port, 1, 65_535)
  return { host, port: Number.isNaN(number) ? PORT : number }
}

function numbersOf(asked: BenchmarkResult['options']): Float64Array {
  // Of a file the core knows the size itself.
  const sizes = asked.sizes.length === 0 ? [1] : asked.sizes
  const indices = asked.strategies.map((name) => (name === 'auto' ? Number.NaN : known.indexOf(name)))
  const lists = [sizes, asked.buffers, indices].flatMap((list) => [list.length, ...list])
  return Float64Array.of(asked.iterations, Number(asked.cold), ...lists)
}

function baseOf(file: Path): string {
  return pathText(file).replace(/\/+$/, '').replace(/^.*\//s, '')
}
