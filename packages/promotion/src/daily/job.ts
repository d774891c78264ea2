import { fanOut } from '@holdfast/seams'
import { judge } from '../gates/judge.ts'
import { createOperator, type Judged, type Operator } from '../operator.ts'
import { createReceipts } from '../receipts/receipts.ts'
import { createRollout } from '../rollout/rollout.ts'
import type { RolloutState } from '../rollout/state.ts'
import { writeCarry } from './carry-file.ts'
import { decisionOn, gather, inputOf, standing, type Gathered } from './findings.ts'
import { underDailyLock } from './lock.ts'
import { readLooks, writeLooks } from './looks.ts'
import { checkDaily, type DailyOptions, type DailySettings } from './options.ts'
import type { DailyOutcome } from './outcome.ts'

/**
 * The daily job: evidence, report, gates, decision, routers, receipt, all under a lock that is never taken from a living owner. A dry run
 * goes the same way, and writes nothing: the lock it only looks at. Where no evidence can be had, that counts as a no-go.
 * @throws {RolloutJournalError} when the rollout's journal cannot be trusted. Nothing was changed.
 * @throws {ReceiptNotWrittenError} when it would go up, and no receipt can be written. The stage stays.
 * @throws `signal.reason` when it was aborted before anything was decided. Nothing was changed.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export async function runDailyJob(options: DailyOptions): Promise<DailyOutcome> {
  const settings = checkDaily(options)
  const { clock, observe } = settings
  const startMs = clock.monotonicMs()
  const outcome = await underDailyLock(settings, () => underLock(settings))
  const tookMs = clock.monotonicMs() - startMs
  fanOut(observe)({ kind: 'promotion.daily', outcome: outcome.kind, tookMs })
  return outcome
}

async function underLock(settings: DailySettings): Promise<DailyOutcome> {
  const { directory, isDryRun, clock, random, observe, about, ackWaitMs, signal } = settings
  const hurry = signal === null ? {} : { signal }
  const rollout = createRollout({ directory, ...hurry, clock, random, observe })
  const receipts = createReceipts({ ...settings.receipts, ...hurry, clock, random, observe })
  const operator = createOperator({
    rollout,
    receipts,
    about,
    isDryRun,
    ackWaitMs,
    clock,
    observe,
  })
  await operator.settle()
  const state = await standing(rollout, settings)
  let gathered: Gathered
  try {
    gathered = await gather(settings, state)
  } catch (error) {
    // Who was told to stop has not found that there is no evidence.
    settings.signal?.throwIfAborted()
    const inputs = inputOf(settings, null, null)
    const why = error instanceof Error ? error.message : String(error)
    const reason = `no evidence could be had: ${why}`
    await holdOn(operator, reason, { inputs, verdict: judge(inputs) }, state)
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
  const { directory, isDryRun, clock, random } = settings
  const { verdict } = judged
  const { stage } = state
  const earlier = await readLooks(directory)
  const { lacking, decision, looks } = decisionOn(settings, state, judged, earlier)
  if (!isDryRun) await writeLooks(directory, looks, { clock, random })
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
      const receipt = decision.isRed
        ? await holdOn(operator, reason, judged, state)
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

/** Holds on a no-go: the time at this stage counts anew, where anyone is live. Answers the receipt. */
async function holdOn(
  operator: Operator,
  reason: string,
  judged: Judged,
  { stage }: RolloutState,
): Promise<string | null> {
  if (stage === 0) return await operator.hold(reason, judged)
  return (await operator.run({ kind: 'red', reason }, judged)).receipt
}
