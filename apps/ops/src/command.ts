import type { Clock, Observe, Random } from '@holdfast/seams'
import type { Settings } from './config/settings.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Style } from './terminal/style.ts'

/** What only the data directory or the router knows. Completions ask for it. */
export type ValueKind = 'backup' | 'lock' | 'receipt' | 'route' | 'run'

/** An argument of a command, as `<name>` or, where `isOptional`, `[name]`. */
export interface ArgumentEntry {
  readonly name: string
  readonly summary: string
  readonly isOptional?: boolean
  /** Takes all that follow, as a list. Only the last may. */
  readonly isList?: boolean
  readonly choices?: readonly string[]
  /** Of what it is one, for completions. */
  readonly values?: ValueKind
  /** @throws {Error} whose message says what it may be. */
  readonly read?: (text: string) => unknown
}

/** An option of one command. Those that every command has are in `global-options.ts`. */
export interface OptionEntry {
  /** As `--stage <stage>`, or `--all`. */
  readonly flags: string
  readonly summary: string
  readonly isRequired?: boolean
  readonly choices?: readonly string[]
  /** @throws {Error} whose message says what it may be. */
  readonly read?: (text: string) => unknown
}

/** How much a command needs the configuration file. */
export type SettingsNeed = 'needed' | 'if-sound' | 'unused'

/** A command as data. Parsing, help, completions, documents and the tests that walk the tree are made from this. */
export interface CommandEntry {
  /** `['status']`, or noun and verb: `['runs', 'show']`. */
  readonly path: readonly string[]
  /** One line; help begins with it. */
  readonly summary: string
  /** What help says below, in lines of at most 80 characters. */
  readonly details?: readonly string[]
  readonly arguments?: readonly ArgumentEntry[]
  readonly options?: readonly OptionEntry[]
  /** True: it changes something, and so has `--dry-run`. */
  readonly writes: boolean
  /** The hardest question that it may ask. `name`: a name is to be typed, and `--confirm` gives it. */
  readonly confirm: 'none' | 'yes' | 'name'
  /** It shows what changes, and so has `--watch`. */
  readonly watch?: { readonly everyMs: number }
  /** True: without a data directory that can be read it is not even begun. */
  readonly needsDataDir: boolean
  /**
   * What a configuration file that cannot be used means. `needed`: it is not begun. `if-sound`: it goes on without the file where
   * the data directory was named otherwise, as in an emergency. `unused`: the file is not read. Default `needed`. A function where it
   * depends on the options that were given.
   */
  readonly settings?: SettingsNeed | ((given: Readonly<Record<string, unknown>>) => SettingsNeed)
  /** True: for programs. Neither help nor completions show it. */
  readonly isHidden?: true
  /** True: the answer is a file for a program, and may be of any width. */
  readonly isRaw?: true
  /** Arguments that work in the data directory of the tests; help shows them as an example. */
  readonly example: readonly string[]
  readonly load: () => Promise<{ readonly command: Command }>
}

/** Commands with one noun. */
export interface CommandGroup {
  readonly noun: string
  readonly summary: string
  readonly commands: readonly CommandEntry[]
}

/** All commands, in the order of help. */
export type Tree = readonly (CommandEntry | CommandGroup)[]

/**
 * What a command does, and how its answer looks. `given` holds arguments and options under their names, in camel case.
 * Neither of the two prints.
 */
export interface Command<Data = unknown, Given extends object = object> {
  /** @throws {OpsError}, or an error of a package; `exit-codes.ts` says what it exits with. */
  run(context: Context, given: Given): Promise<Outcome<Data>>
  /** The answer as lines for people, at most `style.columns` wide. */
  show(data: Data, style: Style): readonly string[]
}

/** What a command found or did. */
export interface Outcome<Data> {
  /** Default 0. */
  readonly code?: ExitCode
  /** Goes into the envelope as it is: plain JSON. */
  readonly data: Data
  /** Commands to run next, for people. */
  readonly next?: readonly string[]
  /** True: nothing more will change, so that `--watch` ends. */
  readonly isFinal?: boolean
}

/** What is about to be done, and what must be agreed to first. */
export interface Plan {
  /** One sentence each, as `take the lock "router" from process 17`. */
  readonly steps: readonly string[]
  /** `nothing`: it is done without a question. `yes`: y/N. A name: it has to be typed. */
  readonly ask: 'nothing' | 'yes' | { readonly name: string; readonly what: string }
}

/** What a command is given: everything it may touch. */
export interface Context {
  /** Absolute. */
  readonly dataDir: string
  readonly settings: Settings
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  readonly random: Random
  /** Aborted by Ctrl-C and by `--timeout`. Hand it on to whatever waits. */
  readonly signal: AbortSignal
  readonly observe: Observe
  readonly tree: Tree
  /** True with `--dry-run`. Most commands need not look: `proceed` answers false. */
  readonly isDry: boolean
  /** What comes on standard input. */
  readonly input: () => AsyncIterable<Uint8Array>
  /** A sentence for standard error and for `warnings`. */
  readonly warn: (text: string) => void
  /** What is being done, in a few words: seen on a terminal only, and gone when the command ends. */
  readonly progress: (text: string) => void
  /**
   * Tells the plan and asks what is to be asked. True: carry it out. False: it is a dry run, and nothing may be changed.
   * @throws {OpsError} `OPS_DECLINED`, `OPS_UNCONFIRMED`. Then nothing may be changed either.
   */
  readonly proceed: (plan: Plan) => Promise<boolean>
}
