/** What every command has: `-h`, `--version`, and wrong usage told in one line. */

import type { Command, CommanderError } from 'commander'
import { version } from '../package.json'

/** Wrong usage: exit status 2. The message names the value and what was expected. */
export class UsageError extends Error {
  /** `command` is whose usage is told next. */
  constructor(
    message: string,
    readonly command: Command,
  ) {
    super(message)
  }
}

/** What a file that was named holds is not what was expected: exit status 2 as well, but no usage would help. */
export class InputError extends Error {
  readonly code = 'ERR_INVALID_ARG_VALUE'
}

export function withWhatAllHave(command: Command): Command {
  return command
    .helpOption('-h, --help', 'say this')
    .version(version, '--version', 'say which version this is')
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError(false)
    .exitOverride((ending) => {
      throw ending.exitCode === 0 ? ending : new UsageError(messageOf(ending, command), command)
    })
}

/** Commander's words, where they say what was expected; they begin with `error: `. */
function messageOf({ code, message }: CommanderError, command: Command): string {
  const commands = command.commands
    .map((each) => each.name())
    .join(', ')
    .replace(/, (?!.*,)/, ' or ')
  switch (code) {
    case 'commander.help':
      return `missing command: expected ${commands}`
    case 'commander.unknownCommand':
      return `unknown command '${command.args[0]}': expected ${commands}`
    case 'commander.excessArguments': {
      const takes = command.registeredArguments
      const names = takes.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`))
      const excess = command.args[takes.length]
      return `unexpected argument '${excess}': ${command.name()} takes ${names.join(' ') || 'none'}`
    }
    default:
      return message.replace(/^error: /, '')
  }
}
