/** What the command says to whoever called it, besides words. Schedulers and scripts rely on these numbers: none ever changes. */
export const EXIT = {
  ok: 0,
  /** It failed: something could not be read, written or asked, or nobody foresaw it. */
  failed: 1,
  /** It was called wrongly, or the configuration cannot be used. */
  usage: 2,
  notFound: 3,
  /** A gate says no-go. */
  refused: 4,
  /** The data do not say enough to decide. */
  inconclusive: 5,
  /** Someone else is at work. */
  locked: 6,
  frozen: 7,
  /** What is stored is broken, or does not hold what it should. */
  integrity: 8,
  /** A question would have to be asked, and there is nobody to ask. */
  unconfirmed: 9,
  degraded: 10,
  critical: 11,
  timeout: 124,
  /** Ctrl-C, or a no where a yes was needed. */
  interrupted: 130,
} as const

/** One of them. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What each exit code says, for help and documents. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'ok',
  1: 'failed',
  2: 'called wrongly',
  3: 'not found',
  4: 'gate refused',
  5: 'inconclusive',
  6: 'locked',
  7: 'frozen',
  8: 'integrity failure',
  9: 'needs a yes',
  10: 'degraded',
  11: 'critical',
  124: 'timed out',
  130: 'stopped at a question or by Ctrl-C',
}

/** Errors of the packages and of the system that have an exit code of their own, by their `code`. */
const BY_ERROR: Readonly<Record<string, ExitCode>> = {
  OPS_USAGE: EXIT.usage,
  OPS_CONFIG: EXIT.usage,
  OPS_NOT_FOUND: EXIT.notFound,
  OPS_UNREADABLE: EXIT.failed,
  OPS_NO_EVIDENCE: EXIT.inconclusive,
  OPS_REFUSED: EXIT.refused,
  OPS_FROZEN: EXIT.frozen,
  OPS_LOCKED: EXIT.locked,
  OPS_INTEGRITY: EXIT.integrity,
  OPS_NOT_WRITTEN: EXIT.failed,
  OPS_NOT_PRINTED: EXIT.failed,
  OPS_UNCONFIRMED: EXIT.unconfirmed,
  OPS_DECLINED: EXIT.interrupted,
  OPS_TIMEOUT: EXIT.timeout,
  OPS_UNREACHABLE: EXIT.notFound,
  OPS_UNAUTHORIZED: EXIT.usage,
  OPS_UNSAFE: EXIT.usage,
  OPS_ROUTER: EXIT.failed,
  OPS_SCHEDULER: EXIT.failed,
  OPS_INTERRUPTED: EXIT.interrupted,
  LOCK_EXISTS: EXIT.locked,
  LOCK_TIMEOUT: EXIT.locked,
  LOCK_LOST: EXIT.locked,
  JSON_CORRUPT: EXIT.integrity,
  LEDGER_READ: EXIT.integrity,
  RUN_STATE_CORRUPT: EXIT.integrity,
  ROLLOUT_JOURNAL: EXIT.integrity,
  RECEIPT_CHAIN: EXIT.integrity,
  RECEIPT_FORM: EXIT.integrity,
}

/** The exit code for an error, by its `code`; 1 for one that nobody foresaw. */
export function exitCodeOf(error: unknown): ExitCode {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return (typeof code === 'string' ? BY_ERROR[code] : undefined) ?? EXIT.failed
}
