import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import { shown } from './errors.ts'
import { choiceOf, type Choice } from './choice.ts'
import type { LedgerFact } from './facts.ts'
import type { Fields } from './row.ts'

export interface LedgerOptions {
  /** The longest that a noted line waits to be written, in ms from 0 to 60 000. Default 5. */
  readonly lingerMs?: number
  /** How far the head of a segment may be behind it, in ms from 0 to 60 000. Default 1000. */
  readonly headMs?: number
  /** Most that may wait to be written, in bytes. Integer ≥ 1 MiB. Default 8 MiB. */
  readonly waitingLimitBytes?: number
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<LedgerFact>
}

/** Names of fields, of lines of each kind: the others are checked and passed over. A kind that is not named keeps all of its own. */
export interface ReadFields<D = Fields, O = Fields> {
  readonly decision?: readonly NoInfer<keyof D & string>[]
  readonly outcome?: readonly NoInfer<keyof O & string>[]
}

export interface ReadLedgerOptions<D = Fields, O = Fields> {
  /** The fields that rows have in `decision`, and in `fields` of their outcomes. Default all. The fewer, the sooner it is read. */
  readonly fields?: ReadFields<D, O>
  /** The first moment of the window, in ms since 1970. Default −Infinity. */
  readonly fromMs?: number
  /** The first moment after the window. Default Infinity. */
  readonly toMs?: number
  /** How long after its decision an outcome counts, in ms > 0, Infinity allowed. Default 7 days. */
  readonly outcomesWithinMs?: number
  /**
   * True: all that is read is checked against its chain, as `verifyLedger` does, and a ledger that is not as it was written ends the reading
   * with `LedgerTamperedError` before its first row. A file for `readSeedLedger` has no chain. Default false.
   */
  readonly isVerified?: boolean
  /** Where lines are put aside that do not fit in memory. Default the system's directory for temporary files. */
  readonly spillDirectory?: string
  /** Hears of every line that is not used, and why. `stats.rejects` has the first 100. */
  readonly onReject?: (reject: Reject) => void
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<LedgerFact>
}

/** A line that was not used. */
export interface Reject {
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly kind: RejectKind
  /** One sentence for people. */
  readonly reason: string
}

/**
 * - `malformed`: no JSON object of a kind we know, not UTF-8, or too long.
 * - `undated`: no date and time with its offset.
 * - `duplicate`: the decision, or this part of its outcome, is there already.
 * - `late`: an outcome out of the time in which it counts.
 * - `torn`: the end of a line is missing, at the end of the file.
 */
export type RejectKind = 'malformed' | 'undated' | 'duplicate' | 'late' | 'torn'

export interface ArchiveLedgerOptions {
  /** What time it is, in ms since 1970. */
  readonly nowMs: number
  /** Whole months kept beside the current one. Integer from 1 to 1200. Default 12. */
  readonly keepMonths?: number
  /** How long after its day a segment is left to its writer, in ms ≥ 0. Default 1 h. */
  readonly sealAfterMs?: number
  /** Touches nothing, and answers what would be done. Default false. */
  readonly isDryRun?: boolean
  readonly random?: Random
  readonly observe?: Observe<LedgerFact>
}

export type LedgerSettings = Required<LedgerOptions>
export type ReadSettings = Required<Omit<ReadLedgerOptions, 'spillDirectory' | 'fields'>> & {
  readonly spillDirectory: string | null
  readonly choice: Choice
}
export type ArchiveSettings = Required<ArchiveLedgerOptions>

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** @throws {RangeError | TypeError} naming the option, what it may be, and what it was. */
export function checkedLedgerOptions(options: LedgerOptions): LedgerSettings {
  known(options, ['lingerMs', 'headMs', 'waitingLimitBytes', 'clock', 'random', 'observe'])
  const { lingerMs = 5, headMs = 1000, waitingLimitBytes = 8 * 1024 * 1024 } = options
  const { clock = systemClock, random = systemRandom, observe = ignore } = options
  numberIn('lingerMs', lingerMs, 0, MINUTE_MS)
  numberIn('headMs', headMs, 0, MINUTE_MS)
  integerIn('waitingLimitBytes', waitingLimitBytes, 1024 * 1024, 2 ** 40)
  return { lingerMs, headMs, waitingLimitBytes, clock, random, observe: heard(observe) }
}

/** @throws {RangeError | TypeError} naming the option, what it may be, and what it was. */
export function checkedReadOptions<D, O>(options: ReadLedgerOptions<D, O>): ReadSettings {
  known(options, [
    'fields',
    'fromMs',
    'toMs',
    'outcomesWithinMs',
    'isVerified',
    'spillDirectory',
    'onReject',
    'clock',
    'random',
    'observe',
  ])
  const { fromMs = -Infinity, toMs = Infinity, outcomesWithinMs = 7 * DAY_MS } = options
  const { fields = {}, isVerified = false, spillDirectory = null } = options
  const { onReject = () => {} } = options
  const { clock = systemClock, random = systemRandom, observe = ignore } = options
  numberIn('fromMs', fromMs, -Infinity, Infinity)
  numberIn('toMs', toMs, fromMs, Infinity)
  numberIn('outcomesWithinMs', outcomesWithinMs, 1, Infinity)
  trueOrFalse('isVerified', isVerified)
  if (spillDirectory !== null && (typeof spillDirectory !== 'string' || spillDirectory === '')) {
    throw new TypeError(`spillDirectory must be a path, got ${shown(spillDirectory)}`)
  }
  checkFunction('onReject', onReject)
  return {
    choice: checkedChoice(fields),
    fromMs,
    toMs,
    outcomesWithinMs,
    isVerified,
    spillDirectory,
    onReject,
    clock,
    random,
    observe: heard(observe),
  }
}

function checkedChoice<D, O>(fields: ReadFields<D, O>): Choice {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new TypeError(`fields must be an object, got ${shown(fields)}`)
  }
  const unknown = Object.keys(fields).find((kind) => kind !== 'decision' && kind !== 'outcome')
  if (unknown !== undefined) {
    throw new TypeError(`fields.${unknown} is no kind of line; fields has decision and outcome`)
  }
  const { decision, outcome } = fields
  checkNames('fields.decision', decision)
  checkNames('fields.outcome', outcome)
  return choiceOf(decision ?? null, outcome ?? null)
}

function checkNames(option: string, names: unknown): void {
  if (names === undefined) return
  if (!Array.isArray(names)) {
    throw new TypeError(`${option} must be an array of names, got ${shown(names)}`)
  }
  const wrong = names.findIndex((name) => !isFieldName(name))
  if (wrong < 0) return
  throw new TypeError(
    `${option}[${wrong}] must be the name of a field other than ${OWN_FIELDS.join(', ')}, got ${shown(names[wrong])}`,
  )
}

/** Fields that a row has in another form, or not at all. */
const OWN_FIELDS: readonly unknown[] = ['v', 'kind', 'id', 't', 'n', 'h']

const isFieldName = (name: unknown): boolean =>
  typeof name === 'string' &&
  !OWN_FIELDS.includes(name) &&
  // Half a surrogate pair is in no file.
  Buffer.from(name).toString('utf8') === name

/** @throws {RangeError | TypeError} naming the option, what it may be, and what it was. */
export function checkedArchiveOptions(options: ArchiveLedgerOptions): ArchiveSettings {
  known(options, ['nowMs', 'keepMonths', 'sealAfterMs', 'isDryRun', 'random', 'observe'])
  const { nowMs, keepMonths = 12, sealAfterMs = 60 * MINUTE_MS, isDryRun = false } = options
  const { random = systemRandom, observe = ignore } = options
  integerIn('nowMs', nowMs, 0, 8.64e15)
  integerIn('keepMonths', keepMonths, 1, 1200)
  numberIn('sealAfterMs', sealAfterMs, 0, Number.MAX_SAFE_INTEGER)
  trueOrFalse('isDryRun', isDryRun)
  return { nowMs, keepMonths, sealAfterMs, isDryRun, random, observe: heard(observe) }
}

/** @throws {TypeError} for what names no directory or file. */
export function checkPath(path: unknown): void {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return
  throw new TypeError(`path must be a string, not empty and without NUL, got ${shown(path)}`)
}

/** @throws {TypeError} for an option that there is not: a name that is misspelt would be ignored. */
function known(options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, got ${shown(options)}`)
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new TypeError(`${unknown} is no option; options are ${names.join(', ')}`)
}

function heard(observe: Observe<LedgerFact>): Observe<LedgerFact> {
  checkFunction('observe', observe)
  // A listener that throws is a bug, and surfaces as one; it must not cost a line.
  return observe === ignore ? observe : fanOut(observe)
}

function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function')
    throw new TypeError(`${name} must be a function, got ${shown(value)}`)
}

function trueOrFalse(name: string, value: unknown): void {
  if (typeof value !== 'boolean')
    throw new TypeError(`${name} must be true or false, got ${shown(value)}`)
}

function integerIn(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new RangeError(`${name} must be an integer from ${min} to ${max}, got ${shown(value)}`)
}

function numberIn(name: string, value: number, min: number, max: number): void {
  if (typeof value === 'number' && value >= min && value <= max) return
  throw new RangeError(`${name} must be a number from ${min} to ${max}, got ${shown(value)}`)
}
