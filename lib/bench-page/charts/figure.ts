/** A chart in the page: its title, both renditions, and its numbers as a table. */

import type { PlotOptions } from '@observablehq/plot'
import { type Html, html, type Part } from '../html'
import { chart } from './drawing'
import { SHAPES, type Shape } from './shape'

interface Figure {
  id: string
  title: string
  /** Under the title. */
  caption: Part
  /** What is to be seen, for those who do not see it. */
  description: string
  plot: (shape: Shape) => PlotOptions
  table: Html
}

export function figure({ id, title, caption, description, plot, table }: Figure): Html {
  const renditions = SHAPES.map((shape) => {
    const alternative = { id: `${id}-${shape.name}`, name: title, description }
    return html`<div class="${shape.name}">${chart(plot(shape), alternative)}</div>`
  })
  return html`<figure class="chart" id="${id}">
<figcaption><h3>${title}</h3><p>${caption}</p></figcaption>
${renditions}
${numbers(title, table)}
</figure>`
}

/** A table that is there for who asks; print has it open. */
export function numbers(title: string, table: Html): Html {
  return html`<details><summary>The numbers<span class="unseen">: ${title}</span></summary>
${scrolling(`The numbers: ${title}`, table)}
</details>`
}

/** What is too wide for the page scrolls by itself, by keyboard too. */
export function scrolling(name: string, content: Html): Html {
  return html`<div class="scrolling" role="region" tabindex="0" aria-label="${name}">${content}</div>`
}
