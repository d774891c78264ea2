/**
 * Thrown when the journal of a rollout cannot be trusted: a line was changed, is out of order or lost, or the state is ahead of it.
 * Nothing was changed. Routers go on by `rollout.json`; a rollback is in force all the same, and begins a journal anew.
 */
export class RolloutJournalError extends Error {
  override readonly name = 'RolloutJournalError'
  readonly code = 'ROLLOUT_JOURNAL'
  readonly path: string
  /** The first bad line, counted from 1; null when lines are lost at the end. */
  readonly line: number | null

  constructor(path: string, line: number | null, reason: string) {
    super(`${path}${line === null ? '' : `, line ${line}`}: ${reason}`)
    this.path = path
    this.line = line
  }
}

/** Thrown when a receipt could not be written, because the chain before it is broken. No receipt was written. */
export class ReceiptChainError extends Error {
  override readonly name = 'ReceiptChainError'
  readonly code = 'RECEIPT_CHAIN'
  readonly path: string

  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.path = path
  }
}

/** Thrown when the stage would go up and no receipt of it could be written; `cause` says why. Nothing was changed. */
export class ReceiptNotWrittenError extends Error {
  override readonly name = 'ReceiptNotWrittenError'
  readonly code = 'RECEIPT_NOT_WRITTEN'

  constructor(from: number, to: number, cause: unknown) {
    super(
      `the stage stays at ${from} %, because no receipt of ${to} % can be written: ${messageOf(cause)}`,
      { cause },
    )
  }
}

/** Thrown for a file that is no receipt of a version that is known here. */
export class ReceiptFormError extends Error {
  override readonly name = 'ReceiptFormError'
  readonly code = 'RECEIPT_FORM'
  readonly path: string

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, cause === undefined ? {} : { cause })
    this.path = path
  }
}

/** The system's own word for an error, such as `ENOENT`; empty when it has none. */
export function systemCode(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
