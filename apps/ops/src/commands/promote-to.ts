import {
  dailyFindings,
  type Acknowledgement,
  type Judged,
  type Operation,
  type RolloutState,
  type Stage,
} from '@holdfast/promotion'
import type { Command, Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { dailyEvidence } from '../evidence/daily-options.ts'
import { personOf } from '../person.ts'
import { ledgerWarnings } from '../evidence/ledger-evidence.ts'
import { obedienceExit } from '../rollout/obedience.ts'
import { currentState, frozenBecause, operating } from '../rollout/operate.ts'
import { planStage } from '../rollout/plan-stage.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { stageLines } from '../show/promote-to.ts'

export interface StageSet {
  readonly from: Stage
  readonly to: Stage
  readonly reason: string
  /** A new rollout begins, after a rollback. */
  readonly begins: boolean
  readonly isForced: boolean
  /** False: it is so already, or it is a dry run. */
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
      isDone: false,
      acknowledgement: null,
      routers: [],
      receipt: null,
    }
    if (state.stage === stage && !begins) {
      return { data: { ...data, routers: await routersOf(context) }, next: ['holdfast status'] }
    }
    const judged = await judgedFor(context, state, stage, force)
    const wish = { stage, reason, verdict: judged?.verdict ?? null, isForced: force }
    const plan = planStage(state, wish, context.clock.wallMs())
    if (plan.kind === 'refused') throw refusal(state, stage, plan.reasons)
    if (!(await context.proceed({ steps: stepsOf(data), ask: 'yes' }))) return { data }

    let done: Operation | null = null
    for (const one of plan.commands) {
      done = await operator.run(one, judged)
      if (done.result.kind !== 'moved') {
        throw refusal(state, stage, done.result.reasons, begins && one.kind === 'stage')
      }
    }
    const acknowledgement = done?.acknowledgement ?? null
    const routers = await routersOf(context)
    const set = { ...data, isDone: true, acknowledgement, routers, receipt: done?.receipt ?? null }
    return { code: obedienceExit(acknowledgement), data: set, next: ['holdfast status'] }
  },
  show: stageLines,
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
  const next = ['holdfast gate check', `holdfast promote to ${stage} --force --reason <text>`]
  return new OpsError('OPS_REFUSED', message, { next })
}
