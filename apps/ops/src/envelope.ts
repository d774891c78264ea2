import type { CommandEntry } from './command.ts'
import { nextAfter } from './errors.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** What every command prints with `--json`: one document in one line. It only ever gains fields under one schema. */
export interface Envelope {
  /** `holdfast.<noun>.<verb>/1`; `holdfast/1` where no command was reached. */
  readonly schema: string
  readonly ok: boolean
  /** The exit code. */
  readonly code: ExitCode
  /** When it was said, in ms since 1970. */
  readonly atMs: number
  /** Of a command that writes: whether it was a dry run, and what was, or would be, done. */
  readonly dryRun?: boolean
  readonly plan?: readonly string[]
  readonly data?: unknown
  readonly error?: ErrorPart
  readonly warnings: readonly string[]
}

interface ErrorPart {
  readonly code: string
  readonly message: string
  /** Commands that help. */
  readonly next: readonly string[]
  readonly cause?: string
}

const schemaOf = (entry: CommandEntry | null): string =>
  `${['holdfast', ...(entry?.path ?? [])].join('.')}/1`

/** What an answer says of itself beside its data. */
export interface Told {
  readonly warnings: readonly string[]
  /** Null where the command does not write. */
  readonly plan: readonly string[] | null
  readonly isDry: boolean
  readonly atMs: number
}

export function answerEnvelope(
  entry: CommandEntry,
  code: ExitCode,
  data: unknown,
  { warnings, plan, isDry, atMs }: Told,
): Envelope {
  const planned = plan === null ? {} : { dryRun: isDry, plan }
  return { schema: schemaOf(entry), ok: code === EXIT.ok, code, atMs, ...planned, data, warnings }
}

export function errorEnvelope(
  entry: CommandEntry | null,
  code: ExitCode,
  error: unknown,
  { warnings, atMs }: Pick<Told, 'warnings' | 'atMs'>,
): Envelope {
  return { schema: schemaOf(entry), ok: false, code, atMs, error: partOf(error), warnings }
}

function partOf(error: unknown): ErrorPart {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  const { message = String(error), cause } = (error ?? {}) as Partial<Error>
  const because = cause instanceof Error ? { cause: cause.message } : {}
  const known = typeof code === 'string' ? code : 'UNEXPECTED'
  return { code: known, message, next: nextAfter(error), ...because }
}
