// Reads the file that jest's --outputFile wrote: what passed, and the names of the rest.

import { existsSync, readFileSync } from 'node:fs'

export function jestResult(suite, path) {
  const result = { passed: 0, failures: [], skips: [] }
  // Jest writes it at the end: a jest that crashed wrote none.
  if (!existsSync(path)) return result
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    const name = `${suite}: ${file.name.slice(file.name.indexOf('__test__'))}`
    const failuresBefore = result.failures.length
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') result.passed += 1
      else if (status === 'failed') result.failures.push(`${name}: ${fullName}`)
      else result.skips.push(`${name}: ${fullName}: ${status}`)
    }
    // A file that does not even load has no assertions.
    if (file.status === 'failed' && result.failures.length === failuresBefore) {
      result.failures.push(`${name}: can't be run`)
    }
  }
  return result
}
