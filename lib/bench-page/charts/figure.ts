/** A chart in the page: its title, both renditions, and its numbers as a table. */

import { type Html, html, type Part } from '../html'
import { type Chart, chart } from './drawing'
import { SHAPES, type Shape } from './shape'

interface Figure {
  id: string
  title: string
  /** Under the title. */
  caption: Part
  /** What is to be seen, for those who do not see it. */
  description: string
  plot: (shape: Shape) => Chart
  /** Null: it stands beside. */
  table: Html | null
}

export function figure({ id, title, caption, description, plot, table }: Figure): Html {
  const renditions = SHAPES.map((shape) => {
    const alternative = { id: `${id}-${shape.name}`, name: title, description }
    return html`<div class="${shape.name}">${chart(plot(shape), alternative)}</div>`
  })
  return html`<figure class="chart" id="${id}">
<figcaption><h3>${title}</h3><p>${caption}</p></figcaption>
${renditions}
${table !== null && numbersOf(title, table)}
</figure>`
}

/** A table that is there for who asks. Print leaves it out: the last table has all that is in it. */
export function numbersOf(title: string, table: Html): Html {
  return html`<details><summary>The numbers<span class="unseen">: ${title}</span></summary>
${table}
</details>`
}
