import type { Carry } from '../evidence/carry.ts'
import { reportOf } from '../evidence/tally.ts'
import type { GateInput } from '../gates/gate.ts'
import { judge } from '../gates/judge.ts'
import type { Judged } from '../operator.ts'
import { lackingToLeave } from '../rollout/dwell.ts'
import { createRollout, type Rollout } from '../rollout/rollout.ts'
import type { RolloutState } from '../rollout/state.ts'
import { settled } from '../rollout/steps.ts'
import { readCarry } from './carry-file.ts'
import { decideDaily, type DailyDecision } from './decide.ts'
import { readLooks, withLook, type Looks } from './looks.ts'
import { checkDaily, type DailyOptions, type DailySettings } from './options.ts'
import { withCsv, writeReport } from './report-files.ts'

/** What a daily job would go by at this moment, and what it would do. */
export interface DailyFindings {
  readonly state: RolloutState
  /** The report is in `judged.inputs`. */
  readonly judged: Judged
  /** What is lacking before the stage may be left, apart from the gates. */
  readonly lacking: readonly string[]
  readonly decision: DailyDecision
}

/**
 * Looks as the daily job does, and leaves everything as it is: no lock is taken, no evidence is carried on, nothing moves. With a
 * `reportPath`, and where it is no dry run, the report is written there.
 * @throws {RolloutJournalError} when the rollout's journal cannot be trusted.
 * @throws {TypeError | RangeError} naming a bad option; and what `evidence` throws.
 */
export async function dailyFindings(options: DailyOptions): Promise<DailyFindings> {
  const settings = checkDaily(options)
  const { directory, clock, random, observe } = settings
  const state = await standing(createRollout({ directory, clock, random, observe }), settings)
  const { judged } = await gather(settings, state)
  const { lacking, decision } = decisionOn(settings, state, judged, await readLooks(directory))
  return { state, judged, lacking, decision }
}

/** What evidence, gates and time together lead to; `looks` has this look too. */
export function decisionOn(
  { dwell, onNoGo, gates }: DailySettings,
  state: RolloutState,
  { inputs, verdict }: Judged,
  earlier: Looks | null,
): Pick<DailyFindings, 'lacking' | 'decision'> & { readonly looks: Looks } {
  const { report, nowMs } = inputs
  const looks = withLook(earlier, state, nowMs, Math.round(gates.windowMinutes * 60_000))
  const lacking = lackingToLeave(state, report, dwell, nowMs, looks.fromMs)
  return { lacking, looks, decision: decideDaily({ state, verdict, lacking, onNoGo }) }
}

/** Where the rollout stands, with a rollback that is in force and not written down yet. */
export async function standing(rollout: Rollout, { clock }: DailySettings): Promise<RolloutState> {
  const state = await rollout.state()
  return settled(state, rollout.look().rollback, clock.wallMs())
}

export interface Gathered {
  readonly judged: Judged
  readonly carry: Carry
}

/** One pass over the evidence, then the gates. */
export async function gather(settings: DailySettings, state: RolloutState): Promise<Gathered> {
  const { directory, comparison, weightLimits, gates, clock, random, settleMs } = settings
  const toMs = clock.wallMs() - settleMs
  const window = { fromMs: toMs - Math.round(gates.windowMinutes * 60_000), toMs }
  const earlier = await readCarry(directory, state, settings, window)
  const fromMs = Math.min(window.fromMs, earlier.upToMs)
  const rows = settings.evidence({ fromMs, toMs })
  const { reportPath, isDryRun } = settings
  const withTable = reportPath === null || isDryRun ? rows : withCsv(rows, reportPath, window)
  const { report, carry } = await reportOf(withTable, {
    ...window,
    nowMs: clock.wallMs(),
    fastCap: gates.fastCap,
    alpha: gates.alpha,
    comparison,
    weightLimits,
    carry: earlier,
  })
  const inputs = inputOf(settings, report, await settings.slots(window))
  const verdict = judge(inputs)
  if (reportPath !== null && !isDryRun) {
    await writeReport(reportPath, report, verdict, { clock, random })
  }
  return { judged: { inputs, verdict }, carry }
}

export function inputOf(
  { gates, clock }: DailySettings,
  report: GateInput['report'],
  slots: GateInput['slots'],
): GateInput {
  return { report, slots, nowMs: clock.wallMs(), settings: gates }
}
