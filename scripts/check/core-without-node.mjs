// The published crate knows nothing of Node: no napi in what it depends on.

import { run } from './run.mjs'

export function coreWithoutNode() {
  const tree = run(
    'cargo',
    'tree',
    '--locked',
    '-p',
    'zero-copy-rs',
    '-e',
    'normal',
    '--all-features',
    '--prefix',
    'none',
  )
  if (!tree.ok) return [tree.output]
  return tree.stdout.split('\n').filter((line) => /^(napi|node)/.test(line))
}
