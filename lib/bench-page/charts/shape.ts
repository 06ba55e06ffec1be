/** The two renditions of a chart. The page shows the one whose words are legible at its width. */

export interface Shape {
  name: 'wide' | 'narrow'
  width: number
  fontSize: number
}

/** From 640 px on, and in print. */
export const WIDE: Shape = { name: 'wide', width: 560, fontSize: 13 }
/** On a phone: 360 px less the margins. */
export const NARROW: Shape = { name: 'narrow', width: 328, fontSize: 12 }

export const SHAPES: readonly Shape[] = [WIDE, NARROW]
