import type { OptionEntry } from './command.ts'
import { readDuration } from './duration.ts'

/** What every command may be told, before or after its name. */
export interface GlobalFlags {
  readonly json?: boolean
  readonly yes?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly color?: boolean
  readonly timeout?: number
  readonly dataDir?: string
  readonly config?: string
}

export const GLOBAL_OPTIONS: readonly OptionEntry[] = [
  { flags: '--json', summary: 'answer with one JSON document; errors are JSON, too' },
  { flags: '--yes', summary: 'yes to y/N questions; names that are typed need --confirm' },
  { flags: '--quiet', summary: 'nothing but the answer, unless it fails' },
  { flags: '--verbose', summary: 'say what happens on the way, and where errors come from' },
  { flags: '--no-color', summary: 'no colours, as with NO_COLOR' },
  {
    flags: '--timeout <length>',
    summary: 'give up after 30s, 5m, …; exits with 124',
    read: readDuration,
  },
  { flags: '--data-dir <dir>', summary: 'the data directory (or HOLDFAST_DATA_DIR; ./run)' },
  { flags: '--config <file>', summary: 'the configuration (or HOLDFAST_CONFIG; holdfast.json)' },
]

export const DRY_RUN: OptionEntry = {
  flags: '--dry-run',
  summary: 'say what would be done, and change nothing',
}

export const CONFIRM: OptionEntry = {
  flags: '--confirm <name>',
  summary: 'the name that would have to be typed',
}

export const WATCH: OptionEntry = {
  flags: '--watch [every]',
  summary: 'show it again and again; NDJSON with --json',
  // Nothing: as often as the command likes.
  read: (text) => (text === '' ? true : readDuration(text)),
}
