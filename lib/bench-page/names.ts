/** Names that stand in sentences of the record's. */

import { strategies } from '../strategies'
import { type Html, html } from './html'

const NAMES = new RegExp(`\\b(${['auto', ...strategies].join('|')})\\b`)

/** With the strategies' names as code. */
export function told(sentence: string): Html {
  return html`${sentence.split(NAMES).map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`))}`
}
