/** How an attempt ended, in words. */

import type { Attempt } from '../index'
import { sizeText } from './quantity'

/** `refused (ENOTSUP, ioctl): the file system lacks the operation` */
export function outcomeText({ outcome, bytes, code, syscall, reason }: Attempt): string {
  const answer = [code, syscall].filter((each) => each !== undefined).join(', ')
  const after = bytes > 0 ? ` after ${sizeText(bytes)}` : ''
  return `${outcome}${after}${answer && ` (${answer})`}${reason === null ? '' : `: ${reason}`}`
}
