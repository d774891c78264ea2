import {
  dailyFindings,
  type Acknowledgement,
  type Judged,
  type Operation,
  type RolloutState,
  type Stage,
  type Verdict,
} from '@holdfast/promotion'
import type { Command, Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { dailyEvidence } from '../evidence/daily-options.ts'
import { personOf } from '../person.ts'
import { ledgerWarnings } from '../evidence/ledger-evidence.ts'
import { VERDICT_EXITS } from '../evidence/verdict-exits.ts'
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
    const judged = await judgedFor(context, state, stage, force)
    const verdict = judged?.verdict ?? null
    const wish = { stage, reason, verdict, isForced: force }
    const plan = planStage(state, wish, context.clock.wallMs())
    if (plan.kind === 'refused') {
      if (verdict === null || verdict.verdict === 'go') throw refusal(state, stage, plan.reasons)
      const refused = { ...data, verdict, refusedBecause: plan.reasons }
      return { code: VERDICT_EXITS[verdict.verdict], data: refused, next: afterRefusal(stage) }
    }
    if (!(await context.proceed({ steps: stepsOf(data), ask: 'yes' }))) {
      return { data: { ...data, verdict } }
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
    const set = { ...data, verdict, isDone: true, acknowledgement, routers, receipt }
    return { code: obedienceExit(acknowledgement, context), data: set, next: ['holdfast status'] }
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
  return new OpsError('OPS_REFUSED', message, { next: afterRefusal(stage) })
}

const afterRefusal = (stage: Stage): string[] => [
  'holdfast gate check',
  `holdfast promote to ${stage} --force --reason <text>`,
]
