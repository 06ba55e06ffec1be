/** Standard output and standard error. */

/** A reader that goes away, as `head` does, is no failure of ours: what it would have read is not written. */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    process.exitCode = 1
    say(`standard output: ${error.message}`)
  })
  // There is nobody left to tell it to.
  process.stderr.on('error', () => {})
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(document: unknown): void {
  print(JSON.stringify(document, null, 2))
}

/** A diagnostic: one line on standard error. */
export function say(message: string): void {
  process.stderr.write(`zero-copy-rs: ${oneLine(message)}\n`)
}

/** A file's name may hold line ends, and sequences that a terminal would obey. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1))
}
