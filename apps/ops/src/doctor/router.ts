import { ROLLBACK } from '../advice.ts'
import type { Context } from '../command.ts'
import { lookAtHealth } from '../health/look.ts'
import type { HealthSeen } from '../health/health.ts'
import { durationText } from '../duration.ts'
import { percent } from '../figure.ts'
import { stanceOf, wantedIn, type Wanted } from '../rollout/obedience.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { startCommand } from '../router/start.ts'
import { routerAt } from '../state/alone.ts'
import { ok, problem, warning, type Said } from './finding.ts'

/** Whether a router runs, obeys the rollout, and answers. */
export async function lookAtRouter(context: Context): Promise<readonly Said[]> {
  const pid = await routerAt(context)
  const routers = await routersOf(context)
  if (pid === null && routers.length === 0 && context.settings.url === null) {
    return [warning(`no router runs in ${context.dataDir}`, startCommand(context))]
  }
  const wanted = await wantedIn(context)
  const health = await lookAtHealth(context, undefined)
  return [...obedienceFindings(routers, wanted), ...answerFindings(health)]
}

/** Decides. */
export function obedienceFindings(routers: readonly RouterSeen[], wanted: Wanted): Said[] {
  return routers.map((router) => obedienceFinding(router, wanted))
}

function obedienceFinding(router: RouterSeen, wanted: Wanted): Said {
  const { pid, pilot, because, worker, quietMs } = router
  const who = `process ${pid ?? worker}`
  const share = percent(pilot)
  const stance = stanceOf(router, wanted)
  switch (stance) {
    case 'obeys':
      return ok(`${who} obeys: ${share} (${because ?? ''})`)
    case 'hangs': {
      const length = durationText(quietMs ?? 0)
      return problem(`${who} hangs: no sign of life for ${length}`, 'holdfast health')
    }
    case 'silent':
      return problem(`${who} does not say what it obeys`, 'holdfast locks list')
    case 'differs': {
      const should = `${percent(wanted.pilot)} (${wanted.because})`
      return problem(`${who} last said ${share}, and should act for ${should}`, ROLLBACK)
    }
    case 'apart':
      return because === 'fixed'
        ? warning(
            `${who} goes by no stage: its share is fixed at ${share}, by rollout.pilot in its configuration, by NOVA_ANR_PILOT, or because it has no configuration`,
            null,
          )
        : warning(`${who} answers everyone by its guardrail: ${because ?? ''}`, 'holdfast status')
    default:
      return stance satisfies never
  }
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
