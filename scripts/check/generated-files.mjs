// The generated files in the repository are what the sources generate.

import { complaintsOf, run } from './run.mjs'

const generated = ['native/binding.js', 'native/binding.d.ts', 'npm']

export function generatedFiles() {
  const build = [...complaintsOf('npm', 'run', 'build'), ...complaintsOf('napi', 'create-npm-dirs')]
  if (build.length > 0) return build
  const unknown = run('git', 'ls-files', '--others', '--exclude-standard', '--', ...generated).stdout
  return [
    ...unknown
      .split('\n')
      .filter(Boolean)
      .map((path) => `${path} is generated, but not in the repository`),
    ...complaintsOf('git', 'diff', '--exit-code', '--', ...generated),
  ]
}
