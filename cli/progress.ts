/** The bar that shows how far a copy is. */

import { Format, SingleBar } from 'cli-progress'
import type { Progress } from '../index'
import { durationText, rateText, sizeText } from './quantity'

export interface ProgressBar {
  onProgress: (progress: Progress) => void
  /** Leaves nothing of it on the terminal. */
  stop: () => void
}

/** Null where there is no terminal that could draw one. A copy that is over before its first tick draws nothing. */
export function progressBar(stream: NodeJS.WriteStream): ProgressBar | null {
  if (!stream.isTTY || process.env.TERM === 'dumb') return null
  const begin = performance.now()
  const bar = new SingleBar({
    stream,
    // The bar's own total can't be unknown, so what is drawn comes from `progress` alone.
    format: (options, _, progress: Progress) => {
      return progressText(progress, performance.now() - begin, (share) => Format.BarFormat(share, options))
    },
    barsize: 24,
    clearOnComplete: true,
    // Trimmed to the terminal's width, rather than its wrapping switched off, which a kill -9 would leave so.
    linewrap: true,
  })
  return {
    onProgress(progress) {
      if (bar.isActive) bar.update(0, progress)
      else if (progress.bytes !== progress.total) bar.start(1, 0, progress)
    },
    stop: () => bar.stop(),
  }
}

/** `[======------] 52%, 520 MB of 1.0 GB, 1.2 GB/s, 0.4 s left`; without a total there is only what is done. */
function progressText(
  { bytes, total }: Progress,
  elapsedMs: number,
  draw: (share: number) => string,
): string {
  const rate = rateText((bytes * 1000) / elapsedMs)
  if (total === null) return `${sizeText(bytes)}, ${rate}`
  const share = total === 0 ? 1 : bytes / total
  const percent = Math.floor(share * 100)
  const left = bytes === 0 ? 'unknown time' : durationText(((total - bytes) / bytes) * elapsedMs)
  return `[${draw(share)}] ${percent}%, ${sizeText(bytes)} of ${sizeText(total)}, ${rate}, ${left} left`
}
