/** The bar that shows how far a benchmark is. */

import { Format, SingleBar } from 'cli-progress'
import type { BenchmarkProgress } from '../index'
import { durationText } from './quantity'

export interface RunBar {
  onProgress: (progress: BenchmarkProgress) => void
  /** Leaves nothing of it on the terminal. */
  stop: () => void
}

type Drawn = Pick<BenchmarkProgress, 'done' | 'total' | 'remainingMs' | 'latest'>

/** Null where there is no terminal that could draw one. Drawn between runs alone, so that it disturbs none. */
export function runBar(stream: NodeJS.WriteStream): RunBar | null {
  if (!stream.isTTY || process.env.TERM === 'dumb') return null
  const bar = new SingleBar({
    stream,
    format: (options, _, drawn: Drawn) => textOf(drawn, (share) => Format.BarFormat(share, options)),
    barsize: 24,
    clearOnComplete: true,
    linewrap: true,
    // Its own timer would draw while a run is measured.
    fps: 0.001,
  })
  return {
    onProgress({ done, total, remainingMs, latest }) {
      const drawn: Drawn = { done, total, remainingMs, latest }
      if (!bar.isActive) return bar.start(1, 0, drawn)
      bar.update(0, drawn)
      bar.render()
    },
    stop: () => bar.stop(),
  }
}

/** `[=====-------] 45%, 81 of 180 runs, 12.3 s left, read_write with 64` */
function textOf({ done, total, remainingMs, latest }: Drawn, draw: (share: number) => string): string {
  const share = total === 0 ? 1 : done / total
  const left = remainingMs === null ? 'unknown time' : durationText(remainingMs)
  const name = latest === null ? '' : `, ${latest.strategy}${bufferOf(latest)}`
  return `[${draw(share)}] ${Math.floor(share * 100)}%, ${done} of ${total} runs, ${left} left${name}`
}

function bufferOf({ bufferSize }: { bufferSize: number | null }): string {
  return bufferSize === null ? '' : ` with ${bufferSize}`
}
