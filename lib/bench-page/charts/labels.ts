/** Words beside lines, none over another. */

import type { Markish } from '@observablehq/plot'
import { classOf } from '../look'
import type { Name } from '../rows'
import { type Drawn, SVG } from './element'

export interface EndLabel {
  name: Name
  text: string
  /** Where its line ends. */
  x: number
  y: number
}

type Scale = (value: number) => number
interface Box {
  marginTop: number
  marginRight: number
  marginBottom: number
  width: number
  height: number
}

/**
 * A mark of Plot's: each label right of the plot, as high as its line ends there, moved up or down where
 * another one is; a thin line leads to it.
 */
export function endLabels(labels: readonly EndLabel[], fontSize: number): Markish {
  return ((
    _: unknown,
    scales: { x: Scale; y: Scale },
    __: unknown,
    box: Box,
    context: { document: unknown },
  ) => {
    const document = context.document as Drawn['ownerDocument']
    const group = document.createElementNS(SVG, 'g')
    const edge = box.width - box.marginRight
    const heights = spread(
      labels.map(({ y }) => scales.y(y)),
      fontSize * 1.35,
      box.marginTop,
      box.height - box.marginBottom,
    )
    labels.forEach(({ name, text, x, y }, i) => {
      const height = heights[i] as number
      const label = group.ownerDocument.createElementNS(SVG, 'g')
      label.setAttribute('class', classOf(name))
      const leader = document.createElementNS(SVG, 'path')
      leader.setAttribute('d', `M${scales.x(x) + 8},${scales.y(y)}L${edge + 12},${height}`)
      leader.setAttribute('stroke', 'currentColor')
      leader.setAttribute('stroke-opacity', '0.5')
      const words = document.createElementNS(SVG, 'text')
      for (const [key, value] of [
        ['x', `${edge + 16}`],
        ['y', `${height}`],
        ['dy', '0.35em'],
        ['text-anchor', 'start'],
        ['font-weight', '600'],
      ] as const) {
        words.setAttribute(key, value)
      }
      words.textContent = text
      label.appendChild(leader)
      label.appendChild(words)
      group.appendChild(label)
    })
    return group
  }) as unknown as Markish
}

/** Moves places apart until neighbours have `gap` between them, as little as need be, and keeps them in bounds. */
export function spread(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] as number) - (wanted[b] as number))
  // Neighbours that are too near become a block, which stands where its members want to be on the average.
  const blocks: { members: number[]; start: number }[] = []
  for (const member of order) {
    blocks.push({ members: [member], start: wanted[member] as number })
    for (let last = blocks.length - 1; last >= 0; last--) {
      const [before, block] = [blocks[last - 1], blocks[last] as { members: number[]; start: number }]
      const length = (block.members.length - 1) * gap
      const mean =
        block.members.reduce((sum, each, i) => sum + (wanted[each] as number) - i * gap, 0) /
        block.members.length
      block.start = Math.max(top, Math.min(mean, bottom - length))
      if (before === undefined || before.start + before.members.length * gap <= block.start) break
      before.members.push(...block.members)
      blocks.pop()
    }
  }
  const placed: number[] = []
  for (const { members, start } of blocks) {
    for (const [i, member] of members.entries()) placed[member] = start + i * gap
  }
  return placed
}

/** No font here is wider: nothing measures text when the page is made. */
export function widthOf(text: string, fontSize: number): number {
  return text.length * fontSize * 0.64
}
