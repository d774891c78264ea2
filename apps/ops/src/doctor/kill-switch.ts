import { effectiveRollout, STAGES, switchesOf, type RolloutSight } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { ok, problem, type Said } from './finding.ts'
import { rolloutAt } from './rollout.ts'

/** How a rollout acts with a set of variables. */
type Decide = (
  sight: RolloutSight,
  env: Readonly<Record<string, string>>,
  fixed: number | null,
) => number

const decided: Decide = (sight, env, fixed) => effectiveRollout(sight, switchesOf(env), fixed).pilot

/** Whether the kill switch and a rollback would force the guardrail from where the rollout stands. Nothing is switched to find out. */
export async function lookAtKillSwitch(context: Context): Promise<readonly Said[]> {
  const { sight } = await rolloutAt(context)
  return killSwitchFindings(sight)
}

/** Decides, for where the rollout stands and for every stage that it may come to. */
export function killSwitchFindings(sight: RolloutSight, decide: Decide = decided): Said[] {
  const { state } = sight
  const sights: RolloutSight[] = [
    sight,
    ...(state === null
      ? []
      : STAGES.map((stage) => ({ state: { ...state, stage }, rollback: null }))),
  ]
  const rollback = { id: 'readiness', reason: 'readiness' }
  const failing = sights.flatMap((one) => {
    const at = `at stage ${one.state?.stage ?? 'none'}`
    return [null, 1].flatMap((fixed) => [
      ...(decide(one, { NOVA_ANR_KILL: '1', NOVA_ANR_ENABLED: '1' }, fixed) === 0
        ? []
        : [`NOVA_ANR_KILL=1 leaves the learned policy in charge ${at}`]),
      ...(decide(one, { NOVA_ANR_ENABLED: '0' }, fixed) === 0
        ? []
        : [`NOVA_ANR_ENABLED=0 leaves the learned policy in charge ${at}`]),
      ...(decide({ ...one, rollback }, {}, fixed) === 0
        ? []
        : [`a rollback leaves the learned policy in charge ${at}`]),
    ])
  })
  const [first] = failing
  if (first !== undefined) return [problem(first, 'holdfast rollback')]
  return [ok('NOVA_ANR_KILL=1, NOVA_ANR_ENABLED=0 and a rollback each force the guardrail (R4)')]
}
