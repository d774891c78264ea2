import { Argument, Command as Program, InvalidArgumentError, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import type { ArgumentEntry, CommandEntry, OptionEntry, Tree } from './command.ts'
import { helpOf } from './help.ts'
import { CONFIRM, DRY_RUN, GLOBAL_OPTIONS, WATCH, type GlobalFlags } from './global-options.ts'

/** What a command line asks for. */
export type Asked =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly given: Given }
  | {
      readonly kind: 'wrong'
      readonly entry: CommandEntry | null
      readonly message: string
      readonly next: readonly string[]
      /** What may be asked for instead, where nothing was; else empty. */
      readonly help: string
    }

/** Arguments and options under their names in camel case, those of every command among them. */
export type Given = GlobalFlags & {
  readonly dryRun?: boolean
  readonly confirm?: string
  readonly watch?: number | true
} & Readonly<Record<string, unknown>>

/** Reads a command line by the tree. It prints nothing, and ends nothing. */
export function read(argv: readonly string[], tree: Tree, columns: number): Asked {
  let text = ''
  let chosen: Asked | undefined
  let failed: { words: readonly string[]; entry: CommandEntry | null } = { words: [], entry: null }
  const take = (part: string): void => void (text += part)

  const root = new Program('holdfast')
  /** Errors say which command they are about, which commander's own do not. */
  const prepared = (program: Program, words: readonly string[], entry: CommandEntry | null) =>
    program
      .configureOutput({ writeOut: take, writeErr: take, outputError: () => {} })
      .configureHelp({ helpWidth: columns, showGlobalOptions: true, formatHelp: helpOf(entry) })
      .exitOverride((error) => {
        failed = { words, entry }
        throw error
      })

  prepared(root, [], null)
    .description('Look after a service that learns: see, decide, roll back, mend.')
    .version(manifest.version, '--version', 'print the version')
    .helpOption('-h, --help', 'what a command does, and how to call it')
    .helpCommand('help [command]', 'what a command does')
  for (const option of GLOBAL_OPTIONS) root.addOption(optionOf(option))

  const add = (parent: Program, name: string, entry: CommandEntry): void => {
    const hidden = entry.isHidden === true
    const program = prepared(parent.command(name, { hidden }), entry.path, entry)
    program.summary(entry.summary).description(sentence(entry.summary))
    for (const argument of entry.arguments ?? []) program.addArgument(argumentOf(argument))
    for (const option of optionsOf(entry)) program.addOption(optionOf(option))
    program.action(() => {
      chosen = { kind: 'command', entry, given: givenTo(program, entry) }
    })
  }
  for (const node of tree) {
    if ('path' in node) add(root, node.path[0] ?? '', node)
    else {
      const group = prepared(root.command(node.noun), [node.noun], null)
      group.summary(node.summary).description(sentence(node.summary)).helpCommand(false)
      for (const entry of node.commands) add(group, entry.path[1] ?? '', entry)
    }
  }

  try {
    root.parse(withWatch(argv), { from: 'user' })
  } catch (error) {
    const { code, exitCode, message } = error as { code: string; exitCode: number; message: string }
    if (!code?.startsWith('commander.')) throw error
    // Asked for, as --help or --version; without a command it is the answer to a mistake.
    if (exitCode === 0) return { kind: 'text', text }
    return {
      kind: 'wrong',
      entry: failed.entry,
      help: text,
      ...explained(code, message, failed.words),
    }
  }
  return chosen ?? { kind: 'text', text }
}

/** After `--watch` a word is how often only if it begins with a number. Else it is what the command is about, as in `--watch R1`. */
function withWatch(argv: readonly string[]): string[] {
  const [watch] = WATCH.flags.split(' ')
  return argv.map((word, i) => {
    const isBare = word === watch && /^[^-\d]/.test(argv[i + 1] ?? '')
    return isBare ? `${word}=` : word
  })
}

function explained(
  code: string,
  message: string,
  words: readonly string[],
): { message: string; next: string[] } {
  const name = ['holdfast', ...words].join(' ')
  const next = [`${name} --help`]
  if (code === 'commander.help') return { message: `say which command of ${name}`, next }
  const [first = '', ...hints] = message.replace(/^error: /, '').split('\n')
  return { message: [first, ...hints].join(' '), next }
}

/** All options that a command has beside the global ones. */
export function optionsOf(entry: CommandEntry): readonly OptionEntry[] {
  return [
    ...(entry.options ?? []),
    ...(entry.writes ? [DRY_RUN] : []),
    ...(entry.confirm === 'name' ? [CONFIRM] : []),
    ...(entry.watch === undefined ? [] : [WATCH]),
  ]
}

function optionOf({ flags, summary, choices, read, isRequired = false }: OptionEntry): Option {
  const option = new Option(flags, summary)
  if (choices !== undefined) option.choices([...choices])
  if (read !== undefined) option.argParser(reader(read))
  return option.makeOptionMandatory(isRequired)
}

function argumentOf(entry: ArgumentEntry): Argument {
  const { name, summary, isOptional = false, isList = false, choices, read } = entry
  const inner = `${name}${isList ? '...' : ''}`
  const argument = new Argument(isOptional ? `[${inner}]` : `<${inner}>`, summary)
  if (choices !== undefined) argument.choices([...choices])
  if (read !== undefined) {
    const readOne = reader(read)
    argument.argParser((text: string, before: unknown) =>
      isList ? [...((before as unknown[] | undefined) ?? []), readOne(text)] : readOne(text),
    )
  }
  return argument
}

const reader =
  (read: (text: string) => unknown) =>
  (text: string): unknown => {
    try {
      return read(text)
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
    }
  }

/** What was given, wherever in the line it stood. */
function givenTo(program: Program, entry: CommandEntry): Given {
  const names = (entry.arguments ?? []).map(({ name }) => camelCase(name))
  const values = names.map((name, i) => [name, program.processedArgs[i]] as const)
  return {
    ...program.parent?.parent?.opts(),
    ...program.parent?.opts(),
    ...program.opts(),
    ...Object.fromEntries(values.filter(([, value]) => value !== undefined)),
  }
}

const camelCase = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
