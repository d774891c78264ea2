import { parseArgs } from 'node:util'

/** `full`: all that is not recorded as done. `incremental`: what is new. `retry`: what failed. */
export type Mode = 'full' | 'incremental' | 'retry' | 'recover' | 'report'

export interface Config {
  readonly mode: Mode
  /** Where the records are, one file each, such as `19500.rec`. */
  readonly source: string
  readonly destination: string
  /** Where the state, the failure log and the lock are. */
  readonly stateDirectory: string
  /** Copies at a time. Integer ≥ 1. */
  readonly workers: number
  /** Most runs of an incremental start; a full one takes ten times as many. Integer ≥ 1. */
  readonly batchSize: number
  /** Pause before the second try, in ms ≥ 0. */
  readonly retryWaitMs: number
  /** Where the numbers begin; null: the lowest run that is copied. */
  readonly firstRun: number | null
}

export const USAGE = `usage: node main.ts [options] <source> <destination> <state directory>
  (no mode)          copy the records that are not recorded as done: new ones first, ten batches at most
  --incremental      copy the records after the last one tried, one batch at most
  --retry-failed     try all failed ones again, up to three times each
  --recover-state    make the state anew from what is in both folders
  --report           say how things stand
  --help             this
  --workers N        copies at a time (2)
  --batch-size N     records in a batch (50)
  --retry-wait-ms N  pause before the second try (3000)
  --first-run N      where the numbers begin (the lowest that is copied)`

/** The arguments cannot be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'ARCHIVER_USAGE'
}

type Numbered = 'workers' | 'batch-size' | 'retry-wait-ms' | 'first-run'

const MODES = {
  incremental: 'incremental',
  'retry-failed': 'retry',
  'recover-state': 'recover',
  report: 'report',
} as const satisfies Record<string, Mode>

/**
 * @returns null when only the usage is wanted.
 * @throws {UsageError} saying what is wrong.
 */
export function readConfig(args: readonly string[]): Config | null {
  const { values, positionals } = parsed(args)
  if (values.help === true) return null
  const [source, destination, stateDirectory, ...more] = positionals
  if (source === undefined || destination === undefined || stateDirectory === undefined) {
    throw new UsageError('three folders are needed')
  }
  if (more.length > 0) throw new UsageError(`there is no use for ${more.join(' ')}`)
  const modes = Object.entries(MODES).filter(([name]) => values[name as keyof typeof MODES])
  if (modes.length > 1) throw new UsageError('one mode at a time')
  const integer = <T>(name: Numbered, or: T, min: number): number | T => {
    const text = values[name]
    if (text === undefined) return or
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(value) && value >= min) return value
    throw new UsageError(`--${name} must be an integer ≥ ${min}, got "${text}"`)
  }
  return Object.freeze({
    mode: modes[0]?.[1] ?? 'full',
    source,
    destination,
    stateDirectory,
    workers: integer('workers', 2, 1),
    batchSize: integer('batch-size', 50, 1),
    retryWaitMs: integer('retry-wait-ms', 3000, 0),
    firstRun: integer('first-run', null, 1),
  })
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        incremental: { type: 'boolean' },
        'retry-failed': { type: 'boolean' },
        'recover-state': { type: 'boolean' },
        report: { type: 'boolean' },
        workers: { type: 'string' },
        'batch-size': { type: 'string' },
        'retry-wait-ms': { type: 'string' },
        'first-run': { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
