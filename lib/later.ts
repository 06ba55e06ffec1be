/**
 * Options whose issue has not come: what they would ask for is refused, what is the case anyway is accepted.
 */

import { boolean, integer, invalidType, invalidValue, oneOf } from './arguments'
import type { CopyOptions, Given } from './options'

const LATER = 'is not in this version'

/** @throws `ERR_INVALID_ARG_VALUE`, rather than do less than was asked for. */
export function refuseLater(given: Given<CopyOptions>): void {
  const { atomic, durable, sparse, threads, preserve } = given
  if (isAsked(atomic) && asAtomic(atomic)) throw invalidValue('options.atomic', LATER, atomic)
  if (isAsked(durable) && boolean('options.durable', durable)) {
    throw invalidValue('options.durable', LATER, durable)
  }
  if (isAsked(sparse)) {
    throw invalidValue('options.sparse', LATER, oneOf('options.sparse', sparse, ['auto', 'always', 'never']))
  }
  if (isAsked(threads) && asThreads(threads) > 1) throw invalidValue('options.threads', LATER, threads)
  if (isAsked(preserve)) refusePreserve(preserve)
}

/** 'auto' and false ask for nothing that this version would not do. */
function isAsked(option: unknown): boolean {
  return option !== undefined && option !== 'auto' && option !== false
}

function asAtomic(atomic: unknown): boolean {
  if (typeof atomic === 'boolean') return atomic
  if (typeof atomic === 'string')
    throw invalidValue('options.atomic', "must be one of: 'auto', true, false", atomic)
  throw invalidType('options.atomic', 'of type boolean or string', atomic)
}

function asThreads(threads: unknown): number {
  if (typeof threads === 'string')
    throw invalidValue('options.threads', "must be 'auto' or a number", threads)
  return integer('options.threads', threads, 1)
}

function refusePreserve(preserve: unknown): void {
  const name = 'options.preserve'
  if (preserve === true) throw invalidValue(name, LATER, preserve)
  if (typeof preserve !== 'object' || preserve === null || Array.isArray(preserve)) {
    throw invalidType(name, 'of type boolean or an instance of Object', preserve)
  }
  const given: { readonly timestamps?: unknown; readonly ownership?: unknown; readonly xattrs?: unknown } =
    preserve
  for (const each of ['timestamps', 'ownership', 'xattrs'] as const) {
    if (boolean(`${name}.${each}`, given[each])) throw invalidValue(`${name}.${each}`, LATER, given[each])
  }
}
