/** What ends a command early: Ctrl-C, `kill`, a terminal that goes away. */

import { constants } from 'node:os'

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs `work`, which stops when its signal is aborted. If one of ours was caught meanwhile, the process then ends by that
 * very one, so that a shell or a supervisor sees what it was: after `work` has cleaned up, whatever else is sent until then.
 * The reason of the abort is the signal's name.
 */
export async function underSignals(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const stop = (name: NodeJS.Signals) => controller.abort(name)
  for (const name of ENDING) process.on(name, stop)
  try {
    await work(controller.signal)
  } finally {
    for (const name of ENDING) process.off(name, stop)
    if (controller.signal.aborted) endBy(controller.signal.reason)
  }
}

/** Without a listener the signal has its default action again. */
function endBy(name: NodeJS.Signals): void {
  // The first process of a container outlives it; the status is then what a shell would say.
  process.exitCode = 128 + constants.signals[name]
  process.kill(process.pid, name)
}
