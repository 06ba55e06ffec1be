/** file_copy_analysis.svg */

import type { BenchmarkResult } from '../benchmark-types'
import { analysisPlot, curvesOf } from './charts/analysis'
import { drawing } from './charts/drawing'
import { type Html, html, Html as Markup } from './html'
import { lookRules } from './look'
import { sizeText } from './quantity'
import { sizesOf } from './rows'
import { described } from './sections/experiment'

const SHAPE = { name: 'wide', width: 720, fontSize: 14 } as const
const [WIDTH, HEIGHT, MARGIN, HEADING] = [760, 450, 20, 56]

/**
 * The original's plot as a file of its own: buffer size against time in seconds, a line a mode, with the original's
 * labels; of each size that was measured, one below the other. Every mark has in `data-at` where its value stands in
 * result.json.
 */
export function analysisSvg(result: BenchmarkResult): string {
  const sizes = sizesOf(result).filter((size) => curvesOf(result, size).length > 0)
  const height = Math.max(sizes.length, 1) * HEIGHT
  const description = sizes.flatMap((size) => [
    `${sizeText(size)}.`,
    ...curvesOf(result, size).map(described),
  ])
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description" class="ink" font-family="system-ui, sans-serif">
<title id="title">${titleOf(result)}</title>
<desc id="description">${description.join(' ') || NOTHING}</desc>
<style>${new Markup(style())}</style>
<rect class="paper" width="100%" height="100%" fill="#ffffff"/>
${sizes.map((size, i) => panel(result, size, i * HEIGHT))}
${sizes.length === 0 && html`<text x="${WIDTH / 2}" y="${height / 2}" text-anchor="middle" fill="currentColor">${NOTHING}</text>`}
</svg>
`}`
}

const NOTHING = 'None of the original’s three modes was measured.'

function panel(result: BenchmarkResult, size: number, top: number): Html {
  const svg = drawing(analysisPlot(curvesOf(result, size), SHAPE))
  svg.setAttribute('x', `${MARGIN}`)
  svg.setAttribute('y', `${top + HEADING}`)
  const title = `${titleOf(result)}, ${sizeText(size)}`
  return html`<text x="${WIDTH / 2}" y="${top + 36}" text-anchor="middle" font-size="20" font-weight="600" fill="currentColor">${title}</text>
${new Markup(`${svg}`)}`
}

function titleOf({ command }: BenchmarkResult): string {
  return command === 'file' ? 'File copy analysis' : 'File copy analysis: file to socket'
}

/** Without variables: not everything that draws SVG knows them. */
function style(): string {
  const dark = '.ink{color:#ece8df}.paper{fill:#171613}'
  return `.ink{color:#1d1b18}${lookRules()}@media screen and (prefers-color-scheme:dark){${dark}}`
}
