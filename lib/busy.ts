/** Which directions of a stream a transfer has: a second one in the same direction would mix with it. */

const BOTH = ['in', 'out'] as const

export type Direction = (typeof BOTH)[number]

const busy: Record<Direction, WeakSet<object>> = { in: new WeakSet(), out: new WeakSet() }

/** Takes all of these directions, or none: false. */
export function claim(stream: object, directions: readonly Direction[] = BOTH): boolean {
  if (directions.some((each) => busy[each].has(stream))) return false
  for (const each of directions) busy[each].add(stream)
  return true
}

export function release(stream: object, directions: readonly Direction[] = BOTH): void {
  for (const each of directions) busy[each].delete(stream)
}
