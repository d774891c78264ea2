import { effectiveRollout, type EffectiveRollout } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { lookAtHealth } from '../health/look.ts'
import type { HealthSeen } from '../health/health.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { startCommand } from '../router/start.ts'
import { routerAt } from '../state/alone.ts'
import { ok, problem, warning, type Said } from './finding.ts'
import { rolloutAt } from './rollout.ts'

/** Whether a router runs, obeys the rollout, and answers. */
export async function lookAtRouter(context: Context): Promise<readonly Said[]> {
  const pid = await routerAt(context)
  const routers = await routersOf(context)
  if (pid === null && routers.length === 0 && context.settings.url === null) {
    return [warning(`no router runs in ${context.dataDir}`, startCommand(context))]
  }
  const { sight, truth } = await rolloutAt(context)
  const wanted = effectiveRollout(sight, { kill: false, enabled: true })
  const health = await lookAtHealth(context, undefined)
  return [...obedienceFindings(routers, wanted, truth?.seq ?? null), ...answerFindings(health)]
}

/** Decides. */
export function obedienceFindings(
  routers: readonly RouterSeen[],
  wanted: Pick<EffectiveRollout, 'pilot' | 'because'>,
  seq: number | null,
): Said[] {
  return routers.map(({ pid, pilot, because, seq: seen, worker }) => {
    const who = `process ${pid ?? worker}`
    if (pilot === null || seen === null)
      return problem(`${who} does not say what it obeys`, 'holdfast locks list')
    const share = `${Math.round(pilot * 100)} %`
    // Switches of its own only ever make it more careful.
    if (because === 'kill' || because === 'disabled') {
      return warning(`${who} answers everyone by its guardrail: ${because}`, 'holdfast status')
    }
    if (because === 'fixed' && wanted.because !== 'rollback') {
      return warning(
        `${who} goes by no stage: its share is fixed at ${share}, by rollout.pilot in its configuration, by NOVA_ANR_PILOT, or because it has no configuration`,
        null,
      )
    }
    const obeys = pilot === wanted.pilot && (seq === null || seen >= seq || wanted.pilot === 0)
    if (obeys) return ok(`${who} obeys: ${share} (${because ?? ''})`)
    const should = `${Math.round(wanted.pilot * 100)} %`
    return problem(
      `${who} last said ${share}, and should act for ${should} (${wanted.because})`,
      'holdfast rollback',
    )
  })
}

/** Decides. */
export function answerFindings({ source, status, url, why, checks }: HealthSeen): Said[] {
  if (source === 'files') return [problem(`it does not answer: ${why ?? ''}`, 'holdfast health')]
  const bad = checks.filter((check) => check.status !== 'ok')
  const names = bad.map((check) => `${check.name} ${check.status}`).join(', ')
  const where = `it answers at ${url ?? ''}`
  if (status === 'ok') return [ok(`${where}, and is well`)]
  const seen = `${where}, and is ${status}: ${names}`
  return [
    status === 'degraded' ? warning(seen, 'holdfast health') : problem(seen, 'holdfast health'),
  ]
}
