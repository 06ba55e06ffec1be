/** Draws a path: stations from left to right, user space as a band, each CPU copy a thick numbered arrow. */

import { type Html, html } from '../html'
import type { Step } from './route'

const WIDTH = 324
const HEIGHT = 132
const PITCH = 68
const FIRST = 26
const LINE = 58
const RADIUS = 7

export interface Path {
  id: string
  name: string
  description: string
  className: string
  stations: readonly (readonly [string, string])[]
  /** Under the first two stations and the last two. */
  sides: readonly [string, string]
  steps: readonly Step[]
}

export function diagram({ id, name, description, className, stations, sides, steps }: Path): Html {
  const passed = new Set(steps.flatMap(({ from, to }) => [from, to] as number[]))
  let copies = 0
  return html`<svg class="path ${className}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${name}" aria-describedby="${id}-description">
<desc id="${id}-description">${description}</desc>
<rect class="user-space" x="${x(2) - 32}" y="1" width="64" height="${HEIGHT - 2}" rx="6"/>
${stations.map((lines, i) => station(lines, i, passed.has(i)))}
${steps.map((step) => arrow(step, step.kind === 'copy' ? ++copies : 0))}
<g class="side" text-anchor="middle"><text x="${(x(0) + x(1)) / 2}" y="124">${sides[0]}</text><text x="${x(2)}" y="124">user space</text><text x="${(x(3) + x(4)) / 2}" y="124">${sides[1]}</text></g>
</svg>`
}

function x(station: number): number {
  return FIRST + station * PITCH
}

function station([first, second]: readonly [string, string], i: number, passed: boolean): Html {
  const lines =
    second === ''
      ? html`<text y="32">${first}</text>`
      : html`<text y="18">${first}</text><text y="32">${second}</text>`
  return html`<g class="station${passed ? '' : ' aside'}" transform="translate(${x(i)},0)" text-anchor="middle">${lines}<circle cy="${LINE}" r="${RADIUS}"/></g>`
}

/** One to the neighbour is straight; one that leaves stations out runs below them. */
function arrow({ kind, from, to, label }: Step, number: number): Html {
  const straight = to - from === 1
  const [begin, end] = [x(from) + RADIUS + 2, x(to) - RADIUS - 4]
  const depth = to - from > 2 ? 104 : 96
  const d = straight
    ? `M${begin},${LINE}H${end}`
    : `M${x(from) + 5},${LINE + 8}Q${(x(from) + x(to)) / 2},${depth + 22} ${x(to) - 6},${LINE + 10}`
  const head = straight ? `M${end - 1},${LINE - 5}l7,5l-7,5z` : `M${x(to) - 2},${LINE + 6}l-9.5,1.2l6,6.6z`
  const middle = (x(from) + x(to)) / 2
  // The vertex of the curve lies half-way between its ends and its control point.
  const low = (LINE + 9 + depth + 22) / 2
  const spot = straight ? LINE : low
  return html`<g class="step ${kind}"><path class="way" d="${d}"/>${kind !== 'mapping' && html`<path class="head" d="${head}"/>`}${badge(number, middle, spot)}${words(label, kind, middle, straight, spot)}</g>`
}

function badge(number: number, x: number, y: number): Html | null {
  if (number === 0) return null
  return html`<circle class="badge" cx="${x}" cy="${y}" r="10"/><text class="number" x="${x}" y="${y}" dy="0.36em" text-anchor="middle">${number}</text>`
}

function words(
  label: string,
  kind: Step['kind'],
  middle: number,
  straight: boolean,
  spot: number,
): Html | null {
  if (label === '') return null
  if (kind === 'copy') {
    const [x, y, anchor] = straight ? [middle, LINE + 24, 'middle'] : [middle, spot - 14, 'middle']
    return html`<text x="${x}" y="${y}" text-anchor="${anchor}">${label}</text>`
  }
  const y = straight ? LINE - 8 : spot - 14
  return html`<text x="${middle}" y="${y}" text-anchor="middle">${label}</text>`
}
