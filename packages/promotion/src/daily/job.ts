import { tryLock, type LockOwner } from '@holdfast/file-lock'
import { fanOut } from '@holdfast/seams'
import type { Carry } from '../evidence/carry.ts'
import { reportOf } from '../evidence/tally.ts'
import { systemCode } from '../errors.ts'
import type { GateInput } from '../gates/gate.ts'
import { judge } from '../gates/judge.ts'
import { createOperator, type Judged, type Operator } from '../operator.ts'
import { createReceipts } from '../receipts/receipts.ts'
import { carryOut } from '../rollout/command.ts'
import { lackingToLeave } from '../rollout/dwell.ts'
import { isInForce } from '../rollout/effective.ts'
import { createRollout, type Rollout } from '../rollout/rollout.ts'
import type { RolloutState } from '../rollout/state.ts'
import { readCarry, writeCarry } from './carry-file.ts'
import { decideDaily } from './decide.ts'
import { checkDaily, type DailyOptions, type DailySettings } from './options.ts'
import type { DailyOutcome } from './outcome.ts'
import { withCsv, writeReport } from './report-files.ts'

/** Age from which a lock may be taken whose holder cannot be proven alive, and a living holder counts as stuck, in ms. */
const STALE_MS = 1_800_000

/**
 * The daily job: evidence, report, gates, decision, routers, receipt, all under a lock that is never taken from a living owner. A dry run
 * goes the same way, and writes nothing but the lock.
 * @throws {RolloutJournalError} when the rollout's journal cannot be trusted. Nothing was changed.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export async function runDailyJob(options: DailyOptions): Promise<DailyOutcome> {
  const settings = checkDaily(options)
  const { clock, random, observe } = settings
  const startMs = clock.monotonicMs()
  let outcome: DailyOutcome
  try {
    await using lock = await tryLock(settings.lockPath, {
      staleMs: STALE_MS,
      takeover: 'dead',
      createDirectory: true,
      clock,
      random,
      observe,
    })
    outcome = await underLock(settings)
    lock.assertValid()
  } catch (error) {
    if (systemCode(error) !== 'LOCK_EXISTS') throw error
    const { owner } = error as { readonly owner: LockOwner | null }
    const heldMs = owner === null ? null : clock.wallMs() - owner.sinceMs
    outcome = { kind: 'busy', heldMs, isStuck: heldMs !== null && heldMs >= STALE_MS }
  }
  const tookMs = clock.monotonicMs() - startMs
  fanOut(observe)({ kind: 'promotion.daily', outcome: outcome.kind, tookMs })
  return outcome
}

async function underLock(settings: DailySettings): Promise<DailyOutcome> {
  const { directory, isDryRun, clock, random, observe, about, ackWaitMs } = settings
  const rollout = createRollout({ directory, clock, random, observe })
  const receipts = createReceipts({ ...settings.receipts, clock, random, observe })
  const operator = createOperator({
    rollout,
    receipts,
    about,
    isDryRun,
    ackWaitMs,
    clock,
    observe,
  })
  if (!isDryRun) await rollout.settle(about.by)
  const state = await standing(rollout, settings)
  let gathered: Gathered
  try {
    gathered = await gather(settings, state)
  } catch (error) {
    const inputs = inputOf(settings, null, null)
    await operator.hold('no evidence could be had', { inputs, verdict: judge(inputs) })
    return { kind: 'no-evidence', error }
  }
  const { judged, carry } = gathered
  for (const { gate, verdict, value, reason } of judged.verdict.gates) {
    fanOut(observe)({ kind: 'promotion.gate', gate, verdict, value, reason })
  }
  if (!isDryRun) await writeCarry(directory, carry, { clock, random })
  return await act(settings, operator, state, judged)
}

/** Where the rollout stands, with a rollback that is in force and not written down yet. */
async function standing(rollout: Rollout, { clock }: DailySettings): Promise<RolloutState> {
  const state = await rollout.state()
  const { rollback } = rollout.look()
  if (!isInForce({ state, rollback }) || state.standing.kind === 'rolled-back') return state
  const reason = 'a rollback is in force'
  const result = carryOut(state, { kind: 'rollback', reason, id: '' }, clock.wallMs())
  return result.kind === 'moved' ? result.state : state
}

interface Gathered {
  readonly judged: Judged
  readonly carry: Carry
}

/** One pass over the evidence, then the gates. */
async function gather(settings: DailySettings, state: RolloutState): Promise<Gathered> {
  const { directory, comparison, weightLimits, gates, clock, random, settleMs } = settings
  const toMs = clock.wallMs() - settleMs
  const window = { fromMs: toMs - Math.round(gates.windowMinutes * 60_000), toMs }
  const earlier = await readCarry(directory, state, comparison, toMs)
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

function inputOf(
  { gates, clock }: DailySettings,
  report: GateInput['report'],
  slots: GateInput['slots'],
): GateInput {
  return { report, slots, nowMs: clock.wallMs(), settings: gates }
}

/** Does what was decided. */
async function act(
  { dwell, onNoGo, isDryRun }: DailySettings,
  operator: Operator,
  state: RolloutState,
  judged: Judged,
): Promise<DailyOutcome> {
  const { verdict, inputs } = judged
  const { stage } = state
  const lacking = lackingToLeave(state, inputs.report, dwell, inputs.nowMs)
  const decision = decideDaily({ state, verdict, lacking, onNoGo })
  switch (decision.kind) {
    case 'promote': {
      const reason = 'all gates are green'
      const done = await operator.run({ kind: 'promote', verdict, lacking, reason }, judged)
      const { result } = done
      if (result.kind !== 'moved') {
        const { reasons } = result
        return { kind: 'held', stage, verdict, receipt: null, isDryRun, reasons }
      }
      const to = result.state.stage
      return { kind: 'promoted', from: stage, to, verdict, ...done, reasons: [reason] }
    }
    case 'rollback': {
      const { reasons } = decision
      const done = await operator.rollback(reasons.join('; '), judged)
      return { kind: 'rolled-back', from: stage, to: 0, verdict, ...done, reasons }
    }
    case 'hold': {
      const { reasons } = decision
      const reason = reasons.join('; ')
      const isRed = decision.isRed && stage > 0
      const receipt = isRed
        ? (await operator.run({ kind: 'red', reason }, judged)).receipt
        : await operator.hold(reason, judged)
      return { kind: 'held', stage, verdict, receipt, isDryRun, reasons }
    }
    case 'nothing': {
      const { reasons } = decision
      const receipt = await operator.hold(reasons.join('; '), judged)
      return { kind: 'nothing-to-do', stage, verdict, receipt, isDryRun, reasons }
    }
    default:
      return decision satisfies never
  }
}
