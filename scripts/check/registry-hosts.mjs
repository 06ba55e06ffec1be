// The locks name public registries only: a mirror's address in one breaks the install for everybody else.

import { readFileSync } from 'node:fs'

const foreign = {
  'package-lock.json': /"resolved": "(?!https:\/\/registry\.npmjs\.org\/).*"/g,
  'Cargo.lock': /^source = "(?!registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index").*"/gm,
}

export function registryHosts() {
  return Object.entries(foreign).flatMap(([lock, pattern]) =>
    (readFileSync(lock, 'utf8').match(pattern) ?? []).map((line) => `${lock}: ${line}`),
  )
}
