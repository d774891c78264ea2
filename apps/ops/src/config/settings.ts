import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OpsError } from '../errors.ts'
import type { ConfigFields } from './config-file.ts'
import { findConfigFile, type Environment } from './find-file.ts'

/** Where a value comes from. Of two, the one further left wins. */
export type Origin = 'flag' | 'environment' | 'file' | 'default'

/** Everything the command was told, checked; the fields of the file that are absent in it are absent here, but for those with a default. */
export interface Settings {
  /** Absolute. */
  readonly dataDir: string
  /** Where the router answers; null: where its data directory says. */
  readonly url: string | null
  readonly gates: NonNullable<ConfigFields['gates']>
  readonly dwell: NonNullable<ConfigFields['dwell']>
  readonly settleMs: number
  readonly measure: 'reward' | 'quality'
  readonly fastRoute: string
  readonly comparison: NonNullable<ConfigFields['comparison']>
  readonly onNoGo: 'hold' | 'rollback'
  /** `directory` is absolute. */
  readonly receipts: { readonly directory: string }
  readonly appUrl: string | null
  readonly runbookUrl: string | null
  readonly keep: {
    readonly stateBackups: number
    readonly receiptDays: number
    readonly ledgerMonths: number
  }
  /** The file that was read, absolute; null without one. */
  readonly file: string | null
  /** Who set a field, by its path, as `keep.stateBackups`; what is not in here has its default. */
  readonly origins: Readonly<Record<string, { readonly origin: Origin; readonly by: string }>>
}

/** What the command line sets; it wins over environment and file. */
export interface SettingFlags {
  readonly config?: string
  readonly dataDir?: string
  readonly url?: string
}

/**
 * @param withFile false: as if there were no file.
 * @throws {OpsError} `OPS_CONFIG`, naming everything that is wrong; `OPS_USAGE` if a flag names nothing.
 */
export async function readSettings(
  flags: SettingFlags,
  env: Environment,
  cwd: string,
  withFile = true,
): Promise<Settings> {
  checkNamed('--data-dir', flags.dataDir)
  checkNamed('--config', flags.config)
  const found = withFile ? findConfigFile(flags.config, env, cwd) : null
  const file = found === null ? null : await readConfigFile(found.path)
  const origins: Record<string, { origin: Origin; by: string }> = {}
  if (found !== null && file !== null) {
    for (const field of fieldsOf(file)) origins[field] = { origin: 'file', by: found.path }
  }
  /** A value that the command line, the environment or the file may set. */
  const set = (field: 'dataDir' | 'url', flag: string, variable: string): string | undefined => {
    const fromEnv = (env[variable] ?? '') === '' ? undefined : env[variable]
    if (flags[field] !== undefined) origins[field] = { origin: 'flag', by: flag }
    else if (fromEnv !== undefined) origins[field] = { origin: 'environment', by: variable }
    return flags[field] ?? fromEnv
  }
  const folder = found === null ? cwd : dirname(found.path)
  const fromFile = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(folder, path)
  const givenDir = set('dataDir', '--data-dir', 'HOLDFAST_DATA_DIR')
  const dataDir = resolve(cwd, givenDir ?? fromFile(file?.dataDir) ?? 'run')
  return {
    dataDir,
    url: set('url', '--url', 'HOLDFAST_URL') ?? file?.url ?? null,
    gates: file?.gates ?? {},
    dwell: file?.dwell ?? {},
    settleMs: file?.settleMs ?? 3_600_000,
    measure: file?.measure ?? 'reward',
    fastRoute: file?.fastRoute ?? 'R3',
    comparison: file?.comparison ?? {},
    onNoGo: file?.onNoGo ?? 'hold',
    receipts: {
      directory: fromFile(file?.receipts?.directory) ?? join(dataDir, 'ops', 'logs'),
    },
    appUrl: file?.appUrl ?? null,
    runbookUrl: file?.runbookUrl ?? null,
    keep: {
      stateBackups: file?.keep?.stateBackups ?? 7,
      receiptDays: file?.keep?.receiptDays ?? 90,
      ledgerMonths: file?.keep?.ledgerMonths ?? 12,
    },
    file: found?.path ?? null,
    origins,
  }
}

/** As a path, nothing would be the working directory: a variable of a script that is not set would name it. */
function checkNamed(flag: string, path: string | undefined): void {
  if (path !== '') return
  throw new OpsError('OPS_USAGE', `${flag} must name a path, got nothing`, {
    next: [`the same without ${flag}, or with a path after it`],
  })
}

/** @throws {OpsError} `OPS_CONFIG`, naming everything that is wrong with the file. */
async function readConfigFile(path: string): Promise<ConfigFields> {
  let input: unknown
  try {
    // Editors on some systems begin a file with a byte order mark.
    input = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    throw unusable(path, [error instanceof Error ? error.message : String(error)], error)
  }
  // Only here, because it takes longer to load than all else.
  const { problemsOf } = await import('./config-file.ts')
  const problems = problemsOf(input)
  if (problems.length > 0) throw unusable(path, problems)
  return input as ConfigFields
}

function unusable(path: string, problems: readonly string[], cause?: unknown): OpsError {
  const lines = problems.map((line) => `\n  - ${line}`).join('')
  return new OpsError('OPS_CONFIG', `${path} cannot be used:${lines}`, {
    next: ['holdfast config schema'],
    cause,
  })
}

/** The paths of all fields that are no objects: `gates.mode`. */
export function fieldsOf(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? fieldsOf(inner as object, `${before}${name}.`)
      : [`${before}${name}`],
  )
}
