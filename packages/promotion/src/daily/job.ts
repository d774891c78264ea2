import { tryLock, type LockOwner } from '@holdfast/file-lock'
import { fanOut } from '@holdfast/seams'
import { systemCode } from '../errors.ts'
import { judge } from '../gates/judge.ts'
import { createOperator, type Operator } from '../operator.ts'
import { createReceipts } from '../receipts/receipts.ts'
import { createRollout } from '../rollout/rollout.ts'
import type { RolloutState } from '../rollout/state.ts'
import { writeCarry } from './carry-file.ts'
import { decisionOn, gather, inputOf, standing, type Gathered } from './findings.ts'
import { checkDaily, type DailyOptions, type DailySettings } from './options.ts'
import type { DailyOutcome } from './outcome.ts'

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
  return await act(settings, operator, state, gathered)
}

/** Does what was decided. */
async function act(
  settings: DailySettings,
  operator: Operator,
  state: RolloutState,
  { judged }: Gathered,
): Promise<DailyOutcome> {
  const { isDryRun } = settings
  const { verdict } = judged
  const { stage } = state
  const { lacking, decision } = decisionOn(settings, state, judged)
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
