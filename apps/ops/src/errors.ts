import { ROLLBACK } from './advice.ts'

/**
 * Thrown by a command that cannot do what it was asked. Nothing was changed, unless the message says so.
 *
 * The message says what, where and what was seen; `next` are the commands to run then.
 */
export class OpsError extends Error {
  override readonly name = 'OpsError'
  readonly code:
    | 'OPS_USAGE'
    | 'OPS_CONFIG'
    | 'OPS_NOT_FOUND'
    | 'OPS_UNREADABLE'
    | 'OPS_NO_EVIDENCE'
    | 'OPS_REFUSED'
    | 'OPS_FROZEN'
    | 'OPS_LOCKED'
    | 'OPS_INTEGRITY'
    | 'OPS_NOT_WRITTEN'
    | 'OPS_NOT_PRINTED'
    | 'OPS_UNCONFIRMED'
    | 'OPS_DECLINED'
    | 'OPS_TIMEOUT'
    | 'OPS_UNREACHABLE'
    | 'OPS_UNAUTHORIZED'
    | 'OPS_UNSAFE'
    | 'OPS_ROUTER'
    | 'OPS_SCHEDULER'
    | 'OPS_INTERRUPTED'
  readonly next: readonly string[]

  constructor(
    code: OpsError['code'],
    message: string,
    { next = [], cause }: { readonly next?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.code = code
    this.next = next
  }
}

/** What helps after an error of a package, by its code. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  ROLLOUT_JOURNAL: [ROLLBACK, 'holdfast doctor'],
  RECEIPT_NOT_WRITTEN: ['holdfast doctor'],
  JSON_DISK_FULL: ['holdfast doctor'],
  JSON_READ_ONLY: ['holdfast doctor'],
  JSON_PERMISSION: ['holdfast doctor'],
  LOCK_TIMEOUT: ['holdfast locks list'],
  LEDGER_ARCHIVE: ['holdfast doctor', 'holdfast ledger verify'],
}

/** The commands that help after an error; none where nobody knows. */
export function nextAfter(error: unknown): readonly string[] {
  if (error instanceof OpsError) return error.next
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return (typeof code === 'string' ? NEXT[code] : undefined) ?? []
}
