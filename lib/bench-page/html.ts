/** Markup as a value: what is put into it is escaped, unless it is markup itself. */

export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

export type Part = Html | string | number | null | undefined | false | readonly Part[]

/** ``html`<td>${name}</td>` ``. Null, undefined and false are nothing; of a list, one after the other. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, i) => text + (i < parts.length ? markup(parts[i]) : '')).join(''))
}

/** For text and for attributes in double or single quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}
const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** `a`, `a and b`, `a, b and c` */
export function listed(parts: readonly Part[]): Part {
  return parts.map((part, i) => [i === 0 ? '' : i === parts.length - 1 ? ' and ' : ', ', part])
}

function markup(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  return typeof part === 'object' ? part.map(markup).join('') : escaped(`${part}`)
}
