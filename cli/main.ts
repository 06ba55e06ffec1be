/**
 * The program: `zero-copy-rs <command>`, a file for each command.
 *
 * The exports are for this repository's own programs, which print as the commands do; the package exports none of it.
 */

import { Command } from 'commander'
import { benchCommand } from './bench'
import { withWhatAllHave } from './command'
import { copyCommand } from './copy'
import { fail } from './failure'
import { outliveReaders } from './output'
import { probeCommand } from './probe'
import { receiveCommand } from './receive'
import { sendCommand } from './send'

export { outcomeText } from './attempt'
export { runBar } from './bench-progress'
export { benchText } from './bench-text'
export { sizeText } from './quantity'
export { receipt } from './receipt'
export { underSignals } from './signals'

async function main(argv: readonly string[]): Promise<void> {
  outliveReaders()
  const program = withWhatAllHave(new Command('zero-copy-rs'))
    .description(
      'Copies, sends and receives files without copying their bytes more often than needed, and says how it was done.',
    )
    .usage('<copy|send|receive|bench|probe> …')
    .helpCommand(false)
  const commands = [copyCommand(), sendCommand(), receiveCommand(), benchCommand(), probeCommand()]
  for (const command of commands) program.addCommand(command)
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    // What is after `--` is a file's name. Options may not have been read yet, so the arguments themselves are asked.
    const end = argv.indexOf('--')
    fail(error, (end < 0 ? argv : argv.slice(0, end)).includes('--json'))
  }
}

if (require.main === module) void main(process.argv.slice(2))
