/** The numbers of a strip: its least and most beside it, and the buffers they belong to below its ends. */

import type { Markish } from '@observablehq/plot'
import { bufferText } from '../quantity'
import { type Drawn, SVG } from './element'
import { widthOf } from './labels'
import type { Metric } from './metrics'
import type { Point, Strip } from './strip'

interface Scales {
  x: (value: number) => number
  y: (name: string) => number
}

interface Box {
  marginRight: number
  width: number
}

interface Manner {
  /** Numbers right of the strip; otherwise above it. */
  wide: boolean
  fontSize: number
}

/** A mark of Plot's. */
export function rowLabels(strips: readonly Strip[], metric: Metric, { wide, fontSize }: Manner): Markish {
  return ((_: unknown, scales: Scales, __: unknown, box: Box, context: { document: unknown }) => {
    const document = context.document as Drawn['ownerDocument']
    const group = document.createElementNS(SVG, 'g')
    for (const { name, points } of strips) {
      const ends = endsOf(points)
      if (ends === null) continue
      const [x, y] = wide
        ? [box.width - box.marginRight + 14, scales.y(name)]
        : [box.width - 4, scales.y(name) - 17]
      group.appendChild(rangeText(document, ends, metric, { x, y, anchor: wide ? 'start' : 'end' }))
      for (const label of bufferLabels(ends, scales.x, fontSize - 1)) {
        group.appendChild(
          words(document, label.text, {
            x: label.x,
            y: scales.y(name) + 14,
            anchor: 'middle',
            size: fontSize - 1,
          }),
        )
      }
    }
    return group
  }) as unknown as Markish
}

type Ends = readonly [least: Point, most: Point]

function endsOf(points: readonly Point[]): Ends | null {
  const sorted = [...points].sort((a, b) => a.value - b.value)
  return sorted.length === 0 ? null : [sorted[0] as Point, sorted.at(-1) as Point]
}

interface Spot {
  x: number
  y: number
  anchor: 'start' | 'middle' | 'end'
  size?: number
}

/** `61.2 ms – 712.0 ms`; one number where both read the same. */
function rangeText(document: Drawn['ownerDocument'], [least, most]: Ends, metric: Metric, spot: Spot): Drawn {
  const text = words(document, '', spot)
  const same = metric.show(least.value) === metric.show(most.value)
  for (const [i, point] of (same ? [least] : [least, most]).entries()) {
    if (i > 0) text.appendChild(span(document, ' – '))
    const number = span(document, metric.show(point.value))
    number.setAttribute('data-at', point.at.slice(1))
    text.appendChild(number)
  }
  return text
}

/** Of the two ends, if there is room for both. */
function bufferLabels([least, most]: Ends, x: Scales['x'], fontSize: number): { text: string; x: number }[] {
  if (least.buffer === null || most.buffer === null || least.buffer === most.buffer) return []
  const ends = [least, most].map(({ value, buffer }) => ({ text: bufferText(buffer as number), x: x(value) }))
  const [a, b] = ends as [(typeof ends)[0], (typeof ends)[0]]
  const room = b.x - a.x - (widthOf(a.text, fontSize) + widthOf(b.text, fontSize)) / 2
  return room > fontSize ? ends : []
}

function words(document: Drawn['ownerDocument'], content: string, { x, y, anchor, size }: Spot): Drawn {
  const text = document.createElementNS(SVG, 'text')
  text.setAttribute('x', `${x}`)
  text.setAttribute('y', `${y}`)
  text.setAttribute('dy', '0.32em')
  text.setAttribute('text-anchor', anchor)
  if (size !== undefined) text.setAttribute('font-size', `${size}`)
  if (content !== '') text.textContent = content
  return text
}

function span(document: Drawn['ownerDocument'], content: string): Drawn {
  const part = document.createElementNS(SVG, 'tspan')
  part.textContent = content
  return part
}
