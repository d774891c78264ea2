import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import type { ComparisonSettings } from '../evidence/comparison.ts'
import type { WeightLimits } from '../evidence/estimators.ts'
import type { EvidenceRow, Window } from '../evidence/row.ts'
import { comparisonOf, weightLimitsOf } from '../evidence/tally-options.ts'
import type { PromotionFact } from '../facts.ts'
import type { GateSettings, SlotResult } from '../gates/gate.ts'
import { gateSettings } from '../gates/settings.ts'
import { checkAbout, type About } from '../operator.ts'
import {
  aFunction,
  lengthMs,
  oneOf,
  onlyOptions,
  shown,
  someText,
  trueOrFalse,
  withMethods,
} from '../option-rules.ts'
import { DWELL_RULES, type DwellRules } from '../rollout/dwell.ts'

export interface DailyOptions {
  /** Where the rollout is. */
  readonly directory: string
  /** What is locked: the lock is `<lockPath>.lock`, so `run/anr_autopromo`. */
  readonly lockPath: string
  readonly receipts: { readonly directory: string; readonly key?: string }
  /** Where the report goes, as `….json`, with `….md` and `….csv` beside it; null: nowhere. Default null. */
  readonly reportPath?: string | null
  /** The decisions of a window, in any order; it may be longer than a day, when evidence is carried on. */
  readonly evidence: (window: Window) => Iterable<EvidenceRow> | AsyncIterable<EvidenceRow>
  /** How the critical slots were in a window; null when nobody knows, and so when it throws. See `slotsOver`. */
  readonly slots: (
    window: Window,
  ) => readonly SlotResult[] | null | Promise<readonly SlotResult[] | null>
  readonly gates?: Partial<GateSettings>
  readonly comparison?: Partial<ComparisonSettings>
  readonly weightLimits?: Partial<WeightLimits>
  readonly dwell?: Partial<DwellRules>
  /** How long outcomes take to arrive, in ms: the window ends as long ago. Default 1 h. */
  readonly settleMs?: number
  /** What measured harm leads to. Default `hold`. */
  readonly onNoGo?: 'hold' | 'rollback'
  /** Says what would happen, and writes nothing. Default false. */
  readonly isDryRun?: boolean
  /** Longest to wait for the routers, in ms. Default 5000. */
  readonly ackWaitMs?: number
  /** Aborted, it ends the job while evidence is gathered: then nothing has moved, and nothing is held against the stage. After that it waits for nobody any longer. */
  readonly signal?: AbortSignal
  readonly about: About
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<PromotionFact>
}

/** Options that were checked and completed. */
export interface DailySettings extends Required<
  Omit<DailyOptions, 'gates' | 'comparison' | 'dwell' | 'signal'>
> {
  readonly signal: AbortSignal | null
  readonly gates: GateSettings
  readonly comparison: ComparisonSettings
  readonly dwell: DwellRules
}

const OPTIONS = [
  'directory',
  'lockPath',
  'receipts',
  'reportPath',
  'evidence',
  'slots',
  'gates',
  'comparison',
  'weightLimits',
  'dwell',
  'settleMs',
  'onNoGo',
  'isDryRun',
  'ackWaitMs',
  'signal',
  'about',
  'clock',
  'random',
  'observe',
]

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function checkDaily(options: DailyOptions): DailySettings {
  onlyOptions('daily job', options, OPTIONS)
  const { directory, lockPath, settleMs = 3_600_000, ackWaitMs = 5_000 } = options
  const { onNoGo = 'hold', isDryRun = false, reportPath = null } = options
  const { receipts, evidence, slots, about, observe = ignore } = options
  const { clock = systemClock, random = systemRandom } = options
  onlyOptions('receipts', receipts, ['directory', 'key'])
  someText('receipts.directory', receipts.directory)
  if (receipts.key !== undefined) someText('receipts.key', receipts.key)
  aFunction('evidence', evidence)
  aFunction('slots', slots)
  checkAbout(about)
  withMethods('clock', clock, ['wallMs', 'monotonicMs'])
  withMethods('random', random, ['hex'])
  aFunction('observe', observe)
  someText('directory', directory)
  someText('lockPath', lockPath)
  if (reportPath !== null) someText('reportPath', reportPath)
  lengthMs('settleMs', settleMs)
  lengthMs('ackWaitMs', ackWaitMs)
  const gates = gateSettings(options.gates)
  if (settleMs > gates.reportAgeMs) {
    throw new RangeError(
      `settleMs must be at most gates.reportAgeMs, ${gates.reportAgeMs}, got ${shown(settleMs)}: every report would be too old`,
    )
  }
  oneOf('onNoGo', onNoGo, ['hold', 'rollback'])
  trueOrFalse('isDryRun', isDryRun)
  return {
    directory,
    lockPath,
    receipts,
    reportPath,
    evidence,
    slots: knownSlots(slots, observe),
    gates,
    comparison: comparisonOf(options.comparison),
    weightLimits: weightLimitsOf(options.weightLimits),
    dwell: dwellRules(options.dwell),
    settleMs,
    onNoGo,
    isDryRun,
    ackWaitMs,
    signal: options.signal ?? null,
    about,
    clock,
    random,
    observe,
  }
}

/** Slots of which it cannot be found out how they were are unknown, which is red; the evidence is judged all the same. */
function knownSlots(
  slots: DailyOptions['slots'],
  observe: Observe<PromotionFact>,
): DailyOptions['slots'] {
  return async (window) => {
    try {
      const found = await slots(window)
      if (found === null || Array.isArray(found)) return found
      throw new TypeError(`slots must answer a list, or null, got ${shown(found)}`)
    } catch (error) {
      fanOut(observe)({ kind: 'promotion.slots-unknown', error })
      return null
    }
  }
}

/** Completes the dwell rules; a stage that is not named keeps its default. @throws {TypeError | RangeError} naming a bad one. */
export function dwellRules(options: Partial<DwellRules> = {}): DwellRules {
  onlyOptions('dwell', options, Object.keys(DWELL_RULES))
  for (const [stage, rule] of Object.entries(options)) {
    onlyOptions(`dwell ${stage}`, rule, Object.keys(DWELL_RULES[0]))
    trueOrFalse(`dwell ${stage}: isAutomatic`, rule.isAutomatic)
    trueOrFalse(`dwell ${stage}: needsTriTrend`, rule.needsTriTrend)
    lengthMs(`dwell ${stage}: dwellMs`, rule.dwellMs)
    lengthMs(`dwell ${stage}: decisions`, rule.decisions)
  }
  return { ...DWELL_RULES, ...options }
}
