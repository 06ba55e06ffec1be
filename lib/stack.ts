import { runtime } from './runtime'

/** Has the stack of `error` begin at who called `called`. */
export function captureStack(error: Error, called: (...args: never[]) => unknown): void {
  // reading a stack has it formatted
  const before = runtime === 'Bun' ? error.stack : undefined
  Error.captureStackTrace?.(error, called)
  // Bun's leaves no line where `called` has awaited something
  if (before !== undefined && !/\n\s+at /.test(error.stack ?? '')) error.stack = before
}
