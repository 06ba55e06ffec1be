/** Bad arguments, in Node's classes, codes and wording. */

import { inspect } from 'node:util'

/** `expected` goes on where "must be" ends: `of type number`, `an instance of AbortSignal`. */
export function invalidType(name: string, expected: string, value: unknown): TypeError {
  const message = `The "${name}" ${kind(name)} must be ${expected}. Received ${specificType(value)}`
  return coded(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}

/** `wrong` goes on where the name ends: `must be one of: ...`, `is not in this version`. */
export function invalidValue(name: string, wrong: string, value: unknown): TypeError {
  const message = `The ${kind(name)} '${name}' ${wrong}. Received ${cut(inspect(value), 128)}`
  return coded(new TypeError(message), 'ERR_INVALID_ARG_VALUE')
}

export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const numericSeparator = Number.isInteger(value) && Math.abs(value as number) > 2 ** 32
  const received = inspect(value, { numericSeparator })
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${received}`
  return coded(new RangeError(message), 'ERR_OUT_OF_RANGE')
}

/** Absent: NaN, as the binding wants it. */
export function integer(name: string, value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (value === undefined) return Number.NaN
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value)
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value)
  return value
}

export function boolean(name: string, value: unknown): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value)
  return value
}

export function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value)
  if (!(allowed as readonly string[]).includes(value)) {
    throw invalidValue(name, `must be one of: ${allowed.map((each) => `'${each}'`).join(', ')}`, value)
  }
  return value as T
}

function kind(name: string): string {
  return name.includes('.') ? 'property' : 'argument'
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text
}

function specificType(value: unknown): string {
  if (value === null || value === undefined) return `${value}`
  if (typeof value === 'function' && value.name) return `function ${value.name}`
  if (typeof value === 'object') {
    const { name } = value.constructor ?? {}
    return name ? `an instance of ${name}` : inspect(value, { depth: -1 })
  }
  return `type ${typeof value} (${cut(inspect(value, { colors: false }), 25)})`
}

/** Node prints the code in the stack's first line, `TypeError [ERR_...]: ...`, yet keeps the name plain. */
function coded<E extends Error>(error: E, code: string): E {
  const { name } = error
  Object.defineProperty(error, 'name', { value: `${name} [${code}]`, configurable: true })
  Error.captureStackTrace?.(error, coded)
  void error.stack // formatted when first read
  Reflect.deleteProperty(error, 'name')
  return Object.assign(error, { code })
}
