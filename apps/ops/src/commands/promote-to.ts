import {
  dailyFindings,
  nextStage,
  type Acknowledgement,
  type Judged,
  type Operation,
  type RolloutState,
  type Stage,
  type Verdict,
} from '@holdfast/promotion'
import type { Command, Context, Outcome } from '../command.ts'
import { OpsError } from '../errors.ts'
import { dailyEvidence } from '../evidence/daily-options.ts'
import { percent } from '../figure.ts'
import { personOf } from '../person.ts'
import { ledgerWarnings } from '../evidence/ledger-evidence.ts'
import { VERDICT_EXITS } from '../evidence/verdict-exits.ts'
import { obedienceExit } from '../rollout/obedience.ts'
import { currentState, frozenBecause, operating } from '../rollout/operate.ts'
import { planStage, type StagePlan } from '../rollout/plan-stage.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { stageLines } from '../show/promote-to.ts'

export interface StageSet {
  readonly from: Stage
  readonly to: Stage
  readonly reason: string
  /** A new rollout begins, after a rollback. */
  readonly begins: boolean
  readonly isForced: boolean
  /** What the gates say; null where none had a say. */
  readonly verdict: Verdict | null
  /** Why it is not done; empty where the gates let it go. */
  readonly refusedBecause: readonly string[]
  /** False: it is so already, the gates refuse it, or it is a dry run. */
  readonly isDone: boolean
  readonly acknowledgement: Acknowledgement | null
  readonly routers: readonly RouterSeen[]
  readonly receipt: string | null
}

interface Given {
  readonly stage: Stage
  readonly reason: string
  readonly force?: boolean
}

export const command: Command<StageSet, Given> = {
  async run(context, { stage, reason, force = false }) {
    const { rollout, operator } = operating(context)
    const state = await currentState(rollout, context.clock.wallMs())
    const begins = state.standing.kind === 'rolled-back'
    const data: StageSet = {
      from: state.stage,
      to: stage,
      reason,
      begins,
      isForced: force,
      verdict: null,
      refusedBecause: [],
      isDone: false,
      acknowledgement: null,
      routers: [],
      receipt: null,
    }
    if (state.stage === stage && !begins) {
      return { data: { ...data, routers: await routersOf(context) }, next: ['holdfast status'] }
    }
    const weigh = async (from: RolloutState): Promise<Weighed> => {
      const judged = await judgedFor(context, from, stage, force)
      const wish = { stage, reason, verdict: judged?.verdict ?? null, isForced: force }
      return { judged, plan: planStage(from, wish, context.clock.wallMs()) }
    }
    const first = await weigh(state)
    if (first.plan.kind === 'refused') return refused(data, state, first, first.plan.reasons)
    for (const { pid, worker, pilot, because } of await routersOf(context)) {
      if (because !== 'fixed') continue
      const share = `its share is fixed at ${percent(pilot)}`
      context.warn(
        `router process ${pid ?? worker} goes by no stage, and this changes nothing for it: ${share}`,
      )
    }
    const askedAtMs = context.clock.wallMs()
    if (!(await context.proceed({ steps: stepsOf(data), ask: 'yes' }))) {
      return { data: { ...data, verdict: first.judged?.verdict ?? null } }
    }
    // By the wall clock: a machine that slept over the question took its time as well.
    const isLate = context.clock.wallMs() - askedAtMs > LONGEST_ANSWER_MS
    const now = isLate ? await currentState(rollout, context.clock.wallMs()) : state
    const { judged, plan } = isLate ? await weigh(now) : first
    if (plan.kind === 'refused') return refused(data, now, { judged }, plan.reasons)
    if (now.stage !== state.stage || now.standing.kind !== state.standing.kind) {
      const message = `it went to stage ${now.stage} while the question stood: ${now.reason}; nothing was changed`
      throw new OpsError('OPS_LOCKED', message, { next: ['holdfast status'] })
    }

    let done: Operation | null = null
    for (const one of plan.commands) {
      done = await operator.run(one, judged)
      if (done.result.kind !== 'moved') {
        throw refusal(state, stage, done.result.reasons, begins && one.kind === 'stage')
      }
    }
    const acknowledgement = done?.acknowledgement ?? null
    const routers = await routersOf(context)
    const receipt = done?.receipt ?? null
    const verdict = judged?.verdict ?? null
    const set = { ...data, verdict, isDone: true, acknowledgement, routers, receipt }
    return { code: obedienceExit(acknowledgement, context), data: set, next: ['holdfast status'] }
  },
  show: stageLines,
}

/** An answer that took longer, in ms, is one to a verdict of another time: it is judged again. */
const LONGEST_ANSWER_MS = 60_000

/** What the gates say, and what has to be commanded then. */
interface Weighed {
  readonly judged: Judged | null
  readonly plan: StagePlan
}

/** @throws {OpsError} where it is not the gates that refuse it. */
function refused(
  data: StageSet,
  state: RolloutState,
  { judged }: Pick<Weighed, 'judged'>,
  reasons: readonly string[],
): Outcome<StageSet> {
  const verdict = judged?.verdict ?? null
  if (verdict === null || verdict.verdict === 'go') throw refusal(state, data.to, reasons)
  return {
    code: VERDICT_EXITS[verdict.verdict],
    data: { ...data, verdict, refusedBecause: reasons },
    next: ['holdfast gate check'],
  }
}

/** The gates are asked where they have a say: upwards from a stage at which someone is live. */
async function judgedFor(
  context: Context,
  state: RolloutState,
  stage: Stage,
  isForced: boolean,
): Promise<Judged | null> {
  const isFree = isForced || stage < state.stage || state.stage === 0
  if (isFree || frozenBecause(state) !== null) return null
  const { options, figures } = dailyEvidence(context, personOf(context))
  const { judged } = await dailyFindings({ ...options, reportPath: null })
  for (const warning of ledgerWarnings(figures())) context.warn(warning)
  return judged
}

function stepsOf({ from, to, reason, begins, isForced }: StageSet): string[] {
  const how = isForced ? ', by force: no gate is asked' : ''
  return [
    ...(begins ? ['begin a new rollout after the rollback, with evidence of its own'] : []),
    ...(begins && to === 0
      ? []
      : [`let the learned policy answer for ${to} % of the users, up to now ${from} %${how}`]),
    `write down the reason: ${reason}`,
  ]
}

/** @param hasBegun a new rollout began, and then someone else was quicker. */
function refusal(
  state: RolloutState,
  stage: Stage,
  reasons: readonly string[],
  hasBegun = false,
): OpsError {
  const after = hasBegun ? 'a new rollout has begun, and is at 0 %' : 'nothing was changed'
  const message = `stage ${stage} is refused: ${reasons.join('; ')}; ${after}`
  if (frozenBecause(state) !== null) {
    return new OpsError('OPS_FROZEN', message, { next: ['holdfast unfreeze'] })
  }
  const isLeap = stage > state.stage && stage !== nextStage(state.stage)
  const force = `holdfast promote to ${stage} --force --reason <text>`
  return new OpsError('OPS_REFUSED', message, {
    next: ['holdfast gate check', ...(isLeap ? [force] : [])],
  })
}
