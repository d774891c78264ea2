import type { Command as Program, Help } from 'commander'
import type { CommandEntry } from './command.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import { shellWord } from './shell-word.ts'

/**
 * Help as a newcomer reads it: what it is, what it can be told to do, an example, and only then what holds everywhere.
 * @param entry null for the whole, and for a group of commands.
 */
export const helpOf =
  (entry: CommandEntry | null) =>
  (program: Program, helper: Help): string => {
    const width = Math.max(
      longest(helper.visibleCommands(program).map((one) => termOf(one, helper))),
      longest(helper.visibleOptions(program).map((one) => helper.optionTerm(one))),
      longest(globals(program, helper).map((one) => helper.optionTerm(one))),
    )
    const item = (term: string, text: string): string =>
      helper.formatItem(term, width, text, helper)
    const isRoot = program.parent === null
    const options = helper
      .visibleOptions(program)
      .map((one) => item(helper.optionTerm(one), helper.optionDescription(one)))
    const lines = [
      `Usage: ${helper.commandUsage(program)}`,
      '',
      helper.commandDescription(program),
      ...(entry?.details ?? []),
      '',
      ...list(
        'Arguments',
        helper
          .visibleArguments(program)
          .map((one) => item(helper.argumentTerm(one), helper.argumentDescription(one))),
      ),
      ...list(
        'Commands',
        helper
          .visibleCommands(program)
          .map((one) => item(termOf(one, helper), helper.subcommandDescription(one))),
      ),
      ...(entry === null ? [] : list('Options', options)),
      ...(entry === null ? [] : list('Example', [`  ${exampleOf(entry)}`])),
      ...list(
        'Options of every command',
        isRoot
          ? options
          : globals(program, helper).map((one) =>
              item(helper.optionTerm(one), helper.optionDescription(one)),
            ),
      ),
      ...(isRoot ? list('Exit codes', exitCodes()) : []),
    ]
    return `${lines.join('\n').trimEnd()}\n`
  }

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}:`, ...items, '']

/** `break <name>`: that there are options is said of every command. */
const termOf = (program: Program, helper: Help): string =>
  helper.subcommandTerm(program).replace(' [options]', '')

const globals = (program: Program, helper: Help) =>
  helper.visibleGlobalOptions(program).filter(({ long }) => long !== '--version')

/** The command of an entry's example, as it is typed. */
export const exampleOf = ({ path, example }: CommandEntry): string =>
  commandLine([...path, ...example])

/** A call of this command with these words, as it is typed. */
export const commandLine = (words: readonly string[]): string =>
  ['holdfast', ...words.map(shellWord)].join(' ')

const longest = (terms: readonly string[]): number =>
  Math.max(0, ...terms.map(({ length }) => length))

const LINE = 78

function exitCodes(): string[] {
  const lines: string[] = []
  for (const [code, meaning] of Object.entries(EXIT_MEANINGS)) {
    const last = lines.at(-1)
    const part = `${code} ${meaning}`
    if (last !== undefined && last.length + part.length + 2 <= LINE)
      lines[lines.length - 1] = `${last}, ${part}`
    else lines.push(`  ${part}`)
  }
  return lines
}
