/**
 * Draws a chart with Observable Plot when the page is made, into a document of xmldom's: whoever opens the page
 * needs no script.
 */

import { type PlotOptions, plot } from '@observablehq/plot'
import { DOMImplementation } from '@xmldom/xmldom'
import { Html } from '../html'
import { type Path, pointer } from '../record'
import { type Drawn, SVG } from './element'

/** Plot's options, and the size of all words that say none of their own. */
export type Chart = PlotOptions & { fontSize: number }

export interface Alternative {
  /** Unique in the page. */
  id: string
  /** What it shows, in a few words. */
  name: string
  /** What is to be seen in it. */
  description: string
}

/** For a mark's channel `ariaLabel`: where its value stands in result.json. The drawing keeps it as `data-at`. */
export function markAt(path: Path): string {
  return `@${pointer(path)}`
}

/** A chart that stands for itself, of which a screen reader says name and description. */
export function chart(options: Chart, { id, name, description }: Alternative): Html {
  const svg = drawing(options)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', name)
  svg.setAttribute('aria-describedby', `${id}-description`)
  const desc = svg.ownerDocument.createElementNS(SVG, 'desc')
  desc.setAttribute('id', `${id}-description`)
  desc.textContent = description
  svg.insertBefore(desc, svg.firstChild)
  return new Html(`${svg}`)
}

/** The `<svg>` alone. */
export function drawing({ fontSize, ...options }: Chart): Drawn {
  const document = new DOMImplementation().createDocument(SVG, 'svg') as unknown
  // A rule of the page's style would win over Plot's own, which names its class in `:where`; ours has all that is needed.
  const svg = plot({ ...options, document } as PlotOptions) as unknown as Drawn
  for (const child of [...svg.childNodes]) if (child.tagName === 'style') svg.removeChild(child)
  svg.setAttribute('class', 'plot')
  svg.setAttribute('font-size', `${fontSize}`)
  tidy(svg)
  return svg
}

function tidy(element: Drawn): void {
  const said = element.getAttribute('aria-label')
  if (said?.startsWith('@')) element.setAttribute('data-at', said.slice(1))
  element.removeAttribute('aria-label')
  element.removeAttribute('aria-hidden')
  for (const { name, value } of [...element.attributes]) {
    if (!name.startsWith('data-')) element.setAttribute(name, rounded(value))
  }
  for (const child of [...element.childNodes]) {
    if (child.tagName === undefined) continue
    // Plot leaves an empty text where a tick has no label.
    if (child.tagName === 'text' && child.textContent === '') element.removeChild(child)
    else tidy(child)
  }
}

/** A hundredth of a pixel is enough. */
function rounded(value: string): string {
  return value.replace(/-?\d+\.\d{3,}/g, (number) => `${Number(Number(number).toFixed(2))}`)
}
