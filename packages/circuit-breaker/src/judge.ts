import type { Ending } from './ending.ts'
import { codeOf, type Ended, type FailureKind, type Judgement } from './kinds.ts'

const TIMEOUTS = new Set([
  'CALL_TIMEOUT',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ERR_HTTP_REQUEST_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])
/** Someone on our side did not let the call out: it says nothing about the service. */
const REJECTIONS = new Set(['CIRCUIT_OPEN', 'EOPENBREAKER', 'ESEMLOCKED'])
const EXHAUSTIONS = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ENOSPC', 'EDQUOT'])
const TOO_MANY_REQUESTS = 429
/** `fetch` hides the reason one level down, and libraries around it one or two more. */
const DEEPEST_CAUSE = 5

/** What is believed without a judge: every value is a success, every error a failure of the kind it shows. */
export function defaultJudge(ended: Ended): Judgement {
  return 'value' in ended ? 'success' : failureKindOf(ended.error)
}

/**
 * What a judge says of an ending. A call that ran out of time failed by that; one whose caller went away says nothing.
 * @throws what the judge throws, or a {@link TypeError} or {@link RangeError} if it says nothing that can be.
 */
export function judgementOf(
  judge: ((ended: Ended) => Judgement) | undefined,
  ending: Ending<unknown>,
): Judgement {
  if (ending.kind === 'timeout') return 'timeout'
  if (ending.kind === 'aborted') return 'ignore'
  if (judge === undefined) return defaultJudge(ending)
  const judgement = judge(ending)
  codeOf(judgement)
  return judgement
}

/**
 * The kind of failure an error shows by its name, code, status or flags, or those of its causes. Otherwise `error`. Never
 * throws.
 */
export function failureKindOf(error: unknown): FailureKind {
  try {
    let at = error
    for (let depth = 0; depth < DEEPEST_CAUSE && isObject(at); depth += 1) {
      const kind = shownBy(at)
      if (kind !== null) return kind
      at = at['cause']
    }
  } catch {
    // A getter or a proxy of someone else's threw: what cannot be read shows no kind.
  }
  return 'error'
}

function shownBy(error: Readonly<Record<string, unknown>>): FailureKind | null {
  const { name, code } = error
  const has = (codes: ReadonlySet<unknown>): boolean => codes.has(code)
  // cockatiel marks its errors by a flag.
  const is = (flag: string): boolean => error[flag] === true
  if (name === 'TimeoutError' || has(TIMEOUTS) || is('isTaskCancelledError')) return 'timeout'
  if (has(REJECTIONS) || is('isBulkheadRejectedError') || is('isBrokenCircuitError')) {
    return 'rejection'
  }
  const isTooMany = (error['status'] ?? error['statusCode']) === TOO_MANY_REQUESTS
  return isTooMany || has(EXHAUSTIONS) ? 'resource-exhausted' : null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
