import { messageOf } from './errors.ts'
import { shown } from './option-rules.ts'
import { isStatus, type OnFail, type Status } from './status.ts'

/** What a check is given. */
export interface CheckContext {
  /** Aborted when the check's time is up, or when nobody waits for it any more. Hand it to what the check calls. */
  readonly signal: AbortSignal
}

/** A result with something to say. */
export interface Finding {
  readonly status: Status
  /** One line for people. */
  readonly message?: string
  /** Figures behind it, of a form that JSON has. Shown to authorised callers only. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** Nothing at all is `ok`. A check that throws has failed. */
export type CheckResult = void | Status | Finding

/** Looks at one thing, and says how it is. It must not block the thread: what is synchronous cannot be cut off. */
export type Check = (context: CheckContext) => CheckResult | Promise<CheckResult>

/** A result read and understood. */
export interface Seen {
  readonly status: Status
  readonly message: string | null
  readonly details: Readonly<Record<string, unknown>> | null
}

/**
 * Reads what a check answered. Only what clearly says so is `ok`: an answer that is no result counts as a failure. A
 * check whose failure means `degraded` never amounts to more.
 */
export function readResult(value: unknown, onFail: OnFail): Seen {
  if (value === undefined) return { status: 'ok', message: null, details: null }
  if (isStatus(value)) return { status: limited(value, onFail), message: null, details: null }
  const { status, message = null, details = null } = (value ?? {}) as Partial<Finding>
  const isFinding =
    isStatus(status) &&
    (message === null || typeof message === 'string') &&
    (details === null || typeof details === 'object')
  if (!isFinding) return failure(`answered ${shown(value)}, which is no result of a check`, onFail)
  return { status: limited(status, onFail), message, details }
}

/** What a check that threw amounts to. */
export function readError(error: unknown, onFail: OnFail): Seen {
  return failure(messageOf(error), onFail)
}

export const failure = (message: string, onFail: OnFail): Seen => ({
  status: onFail,
  message,
  details: null,
})

const limited = (status: Status, onFail: OnFail): Status =>
  status === 'critical' ? onFail : status
