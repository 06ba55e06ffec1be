import { type Strategy, strategies } from '../../index'

/** The core's own: what moves a file's bytes natively. */
export type NativeStrategy = Exclude<Strategy, 'stream'>

export const nativeStrategies = strategies.filter(
  (strategy): strategy is NativeStrategy => strategy !== 'stream',
)
