/** Tables: each in a region of its own, which scrolls by itself where it is wider than the page, by keyboard too. */

import { type Html, html, type Part } from './html'

export interface Column {
  title: Part
  kind: 'words' | 'numbers'
}

interface Table {
  /** Its caption. */
  name: string
  /** For those who hear the page only: where the heading above says it already. */
  unseen?: boolean
  className?: string
  columns: readonly Column[]
  /** The first cell is the row's head. Where there are fewer cells than columns, the last takes the rest. */
  rows: readonly (readonly Part[])[]
}

export function words(title: Part): Column {
  return { title, kind: 'words' }
}

export function numbers(title: Part): Column {
  return { title, kind: 'numbers' }
}

export function table({ name, unseen = false, className = '', columns, rows }: Table): Html {
  const head = columns.map(({ title, kind }) => html`<th scope="col" class="${kind}">${title}</th>`)
  return html`<div class="scrolling" role="region" tabindex="0" aria-label="${name}">
<table class="${className}"><caption class="${unseen && 'unseen'}">${name}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((part, i) => cell(part, i, row.length, columns))}</tr>\n`)}</tbody>
</table></div>`
}

function cell(part: Part, i: number, cells: number, columns: readonly Column[]): Html {
  const kind = columns[i]?.kind
  if (i === 0) return html`<th scope="row" class="${kind}">${part}</th>`
  const rest = columns.length - i
  if (i === cells - 1 && rest > 1) return html`<td class="words" colspan="${rest}">${part}</td>`
  return html`<td class="${kind}">${part}</td>`
}
