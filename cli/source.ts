/** What is to be sent, looked at before anybody is connected to. */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { pathText } from '../lib/path'

/**
 * How many bytes a file has, if it is one that can be read.
 *
 * @throws as `fs` does. The send itself opens it again, and would say the same to a peer that is waiting.
 */
export async function bytesToSend(path: string | Buffer): Promise<number> {
  // Opening a FIFO would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (stats.isDirectory()) throw refusal('EISDIR', 'illegal operation on a directory', path)
    if (!stats.isFile() && !stats.isCharacterDevice()) throw refusal('EINVAL', 'invalid argument', path)
    return stats.size
  } finally {
    await file.close()
  }
}

function refusal(code: string, words: string, path: string | Buffer): Error {
  const message = `${code}: ${words}, sendfile '${pathText(path)}'`
  return Object.assign(new Error(message), { code, syscall: 'sendfile', path: pathText(path) })
}
