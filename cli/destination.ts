/** Where a file is to be written, looked at before anybody may send it. */

import { accessSync, statSync } from 'node:fs'

/** @throws as `fs` does, where the file could not be made. The transfer itself asks again, and more. */
export function assertWritable(path: string | Buffer): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) accessSync(Buffer.concat([directoryOf(Buffer.from(path)), Buffer.from('.')]))
  else if (stats.isDirectory()) throw isDirectory(path)
}

/** With the slash; the working directory is nothing at all. */
function directoryOf(path: Buffer): Buffer {
  return path.subarray(0, path.lastIndexOf('/') + 1)
}

function isDirectory(path: string | Buffer): Error {
  const message = `EISDIR: illegal operation on a directory, receivefile -> '${path}'`
  return Object.assign(new Error(message), { code: 'EISDIR', syscall: 'receivefile', dest: `${path}` })
}
