import type { Clock, Observe } from '@holdfast/seams'
import type { HealthFact } from './facts.ts'
import { lengthMs, oneOf, onlyOptions, shown, wholeNumber } from './option-rules.ts'
import { GROUPS, type Group, type OnFail } from './status.ts'

export interface HealthOptions {
  readonly clock?: Clock
  readonly observe?: Observe<HealthFact>
  /** Results kept of each check. Integer ≥ 0. Default 100. */
  readonly historyEntries?: number
}

/** How a check is run, and what it means. */
export interface CheckOptions {
  /** How long the check may take, in ms > 0. Default 5000. */
  readonly timeoutMs?: number
  /** Pause between a result and the next look in the background, in ms. 0 or null: only on demand. Default 10 000. */
  readonly everyMs?: number | null
  /**
   * How old a result may be that a report gives, in ms ≥ 0. 0 looks anew for each report, for what costs nothing to look
   * at. Default `everyMs` + `timeoutMs`, or 1000 on demand.
   */
  readonly maxAgeMs?: number
  /** Worse results in a row before the status becomes worse. Integer from 1 to 1000. Default 3. */
  readonly failAfter?: number
  /** Better results in a row before the status becomes better. Integer from 1 to 1000. Default 2. */
  readonly okAfter?: number
  /** Which probes it has a say in; none: only in the report of everything. Default `['ready']`. */
  readonly groups?: readonly Group[]
  /** What a failure amounts to. `degraded`: the service works without it. `unhealthy` means `critical`. Default `critical`. */
  readonly onFail?: OnFail | 'unhealthy'
}

/** Options that were checked and completed. */
export interface CheckSettings {
  readonly timeoutMs: number
  readonly everyMs: number | null
  readonly maxAgeMs: number
  readonly failAfter: number
  readonly okAfter: number
  readonly groups: readonly Group[]
  readonly onFail: OnFail
}

const CHECK_OPTIONS = [
  'timeoutMs',
  'everyMs',
  'maxAgeMs',
  'failAfter',
  'okAfter',
  'groups',
  'onFail',
]
/** On demand, two probes in a row cost one look. */
const ON_DEMAND_MAX_AGE_MS = 1_000
const LONGEST_NAME = 100
const LONGEST_STREAK = 1_000

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function checkSettings(name: string, options: CheckOptions): CheckSettings {
  onlyOptions(`check ${name}`, options, CHECK_OPTIONS)
  const { timeoutMs = 5_000, everyMs = 10_000, failAfter = 3, okAfter = 2 } = options
  const { groups = ['ready'], onFail = 'critical' } = options
  lengthMs('timeoutMs', timeoutMs)
  if (timeoutMs === 0) throw new RangeError('timeoutMs must be > 0, got 0')
  if (everyMs !== null) lengthMs('everyMs', everyMs)
  const pauseMs = everyMs === 0 ? null : everyMs
  const { maxAgeMs = pauseMs === null ? ON_DEMAND_MAX_AGE_MS : pauseMs + timeoutMs } = options
  lengthMs('maxAgeMs', maxAgeMs)
  streak('failAfter', failAfter)
  streak('okAfter', okAfter)
  if (!Array.isArray(groups)) throw new TypeError(`groups must be a list, got ${shown(groups)}`)
  for (const group of groups) oneOf('groups', group, GROUPS)
  oneOf('onFail', onFail, ['critical', 'degraded', 'unhealthy'])
  return {
    timeoutMs,
    everyMs: pauseMs,
    maxAgeMs,
    failAfter,
    okAfter,
    groups: Object.freeze([...new Set(groups)]),
    onFail: onFail === 'unhealthy' ? 'critical' : onFail,
  }
}

/** @throws {TypeError} unless `name` can name a check in a report, a log and a metric. */
export function checkName(name: string): void {
  const isText = typeof name === 'string' && name.trim() === name && name !== ''
  if (isText && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name)) return
  throw new TypeError(
    `name must be 1 to ${LONGEST_NAME} characters of one line with no blank at its ends, got ${shown(name)}`,
  )
}

function streak(name: string, value: number): void {
  wholeNumber(name, value, 1)
  if (value > LONGEST_STREAK) {
    throw new RangeError(`${name} must be an integer from 1 to ${LONGEST_STREAK}, got ${value}`)
  }
}
