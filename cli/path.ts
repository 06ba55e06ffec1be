/** Names of files, as the command line has them. */

import { readFileSync } from 'node:fs'

/** What Node puts where an argument's bytes are no UTF-8. */
const REPLACED = '\ufffd'

/**
 * The operand's bytes, where Node's decoding has lost them: a name on Linux need not be UTF-8.
 *
 * @param which - of several that look the same: operands are in the order of the arguments.
 */
export function pathOf(operand: string, which: 'first' | 'last'): string | Buffer {
  if (!operand.includes(REPLACED)) return operand
  const same = argumentBytes().filter((bytes) => bytes.toString() === operand)
  return same.at(which === 'first' ? 0 : -1) ?? operand
}

/** Each argument ends with NUL. */
function argumentBytes(): Buffer[] {
  const all = readFileSync('/proc/self/cmdline')
  const found: Buffer[] = []
  for (let start = 0, end = all.indexOf(0); end >= 0; start = end + 1, end = all.indexOf(0, start)) {
    found.push(all.subarray(start, end))
  }
  return found
}
