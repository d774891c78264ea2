import type { ChainProblem } from './walk.ts'

/** Thrown for a line that is not as it may be. Nothing was written. */
export class LedgerLineError extends Error {
  override readonly name = 'LedgerLineError'
  readonly code = 'LEDGER_LINE'
  /** The field that is wrong; `line` for the whole. */
  readonly field: string

  constructor(field: string, mayBe: string, was: unknown, cause?: unknown) {
    super(`${field} must be ${mayBe}, got ${shown(was)}`, { cause })
    this.field = field
  }
}

/**
 * Thrown when lines could not be brought to disk. None of them is acknowledged; a line may be there all the same, and may be
 * appended again: of two that are equal, readers use one. `cause` is the system's error.
 */
export class LedgerWriteError extends Error {
  override readonly name = 'LedgerWriteError'
  readonly code = 'LEDGER_WRITE'
  readonly directory: string

  constructor(directory: string, cause: unknown) {
    super(`${directory}: not written: ${messageOf(cause)}`, { cause })
    this.directory = directory
  }
}

/** Thrown when so much waits to be written already that no more is taken. Nothing was written. */
export class LedgerFullError extends Error {
  override readonly name = 'LedgerFullError'
  readonly code = 'LEDGER_FULL'
  readonly directory: string

  constructor(directory: string, waitingBytes: number) {
    super(`${directory}: ${waitingBytes} bytes wait to be written already`)
    this.directory = directory
  }
}

/** Thrown by every call to a ledger that was closed. Nothing was written. */
export class LedgerClosedError extends Error {
  override readonly name = 'LedgerClosedError'
  readonly code = 'LEDGER_CLOSED'

  constructor(directory: string) {
    super(`${directory}: the ledger is closed`)
  }
}

/** Thrown when a ledger, or a part of it, cannot be read. Nothing was changed. `cause` is the system's error, if there is one. */
export class LedgerReadError extends Error {
  override readonly name = 'LedgerReadError'
  readonly code = 'LEDGER_READ'
  readonly path: string

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, { cause })
    this.path = path
  }
}

/**
 * Thrown by a reading that is verified, before its first row, when the ledger is not as it was written. Nothing was changed.
 * `problems` says what someone did to it, the first 100 of each segment.
 */
export class LedgerTamperedError extends Error {
  override readonly name = 'LedgerTamperedError'
  readonly code = 'LEDGER_TAMPERED'
  readonly path: string
  readonly problems: readonly ChainProblem[]

  constructor(path: string, problems: readonly ChainProblem[]) {
    const told = problems.slice(0, MOST_TOLD).map(({ segment, kind, line }) => {
      return line === 0 ? `${segment}: ${kind}` : `line ${line} of ${segment}: ${kind}`
    })
    const more = problems.length - told.length
    const rest = more > 0 ? `; and ${more} more` : ''
    super(`${path}: it is not as it was written: ${told.join('; ')}${rest}`)
    this.path = path
    this.problems = problems
  }
}

const MOST_TOLD = 3

/** Thrown when a segment cannot be archived. It is where it was, and so are those not yet archived. */
export class LedgerArchiveError extends Error {
  override readonly name = 'LedgerArchiveError'
  readonly code = 'LEDGER_ARCHIVE'
  readonly path: string

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, { cause })
    this.path = path
  }
}

/** A value as an error message shows it: short. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  }
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  }
  return String(value)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The system's name of an error, such as `ENOENT`; empty when it has none. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}
