/** SVG's elements, as far as charts touch them. */

export const SVG = 'http://www.w3.org/2000/svg'

/** What Plot and xmldom agree on: the part of DOM's Element that is used here. */
export interface Drawn {
  tagName: string
  textContent: string | null
  readonly ownerDocument: { createElementNS(namespace: string, name: string): Drawn }
  readonly firstChild: Drawn | null
  readonly childNodes: Iterable<Drawn>
  readonly parentNode: Drawn | null
  readonly attributes: Iterable<{ name: string; value: string }>
  getAttribute(name: string): string | null
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
  appendChild(child: Drawn): void
  insertBefore(child: Drawn, before: Drawn | null): void
  removeChild(child: Drawn): void
}
