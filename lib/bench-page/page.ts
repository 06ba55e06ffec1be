/** report.html */

import type { BenchmarkResult } from '../benchmark-types'
import { type Html, html } from './html'
import { pageStyle } from './page-style'
import { mainSize } from './rows'
import { auto } from './sections/auto'
import { about, doubts, environment } from './sections/context'
import { counts, times } from './sections/costs'
import { experiment } from './sections/experiment'
import { headline } from './sections/headline'
import { paths } from './sections/paths'
import { raw } from './sections/raw'
import { reading } from './sections/reading'
import { facts, ranking } from './sections/verdict'

/**
 * A benchmark as one page of HTML: readable on a phone and in print, light and dark. It loads nothing.
 *
 * Every number in it is the record's: a `<data>` element has its exact value and, in `data-at`, where it stands in
 * result.json (a JSON pointer; to an object: the sum of its numbers), `data-ratio` two of them that were divided. The
 * marks of the charts have `data-at`, too.
 */
export function reportPage(result: BenchmarkResult): string {
  const size = mainSize(result)
  return `${html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title(result)}</title>
<link rel="icon" href="data:,">
<style>${pageStyle()}</style>
</head>
<body>
<header>
${about(result)}
<h1>${headline(result)}</h1>
${size !== null && facts(result, size)}
</header>
<main>
${doubts(result)}
${size === null ? environment(result) : sections(result, size)}
${raw(result)}
</main>
<footer><p>Made by <code>zero-copy-rs bench</code> ${result.environment.version} from result.json. It loads nothing and sends nothing.</p></footer>
</body>
</html>
`}`
}

function sections(result: BenchmarkResult, size: number): Html {
  return html`${experiment(result)}
<section id="verdict"><h2>Which strategy this machine wants</h2>
${ranking(result, size)}
</section>
${auto(result, size)}
${paths(result, size)}
${times(result)}
${counts(result)}
${reading(result)}
${environment(result)}`
}

function title({ command, environment }: BenchmarkResult): string {
  const what = command === 'file' ? 'file to file' : 'file to socket'
  return `zero-copy-rs bench, ${what}, ${environment.date.slice(0, 10)}`
}
