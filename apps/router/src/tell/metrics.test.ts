import type { BreakerReading } from '@holdfast/circuit-breaker'
import { describe, expect, it } from 'vitest'
import type { RouterFact, RouterOwnFact } from './facts.ts'
import { createMetrics, type ScrapedState } from './metrics.ts'

const quiet: ScrapedState = { awaiting: 0, unsaved: 0, savedAtMs: null }

/** What the metrics show after some facts, by the name of the series with its labels. */
async function shown(
  facts: readonly RouterFact[],
  state: ScrapedState = quiet,
): Promise<Readonly<Record<string, number>>> {
  const metrics = createMetrics({ build: 'abc', ofProcess: false })
  for (const fact of facts) metrics.observe(fact)
  const lines = (await metrics.text(state)).split('\n').filter((line) => /^[^#]/.test(line))
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space))]
    }),
  )
}

type Fields<K extends RouterOwnFact['kind']> = Partial<Extract<RouterOwnFact, { kind: K }>>

const called = (more: Fields<'router.called'> = {}): RouterFact => ({
  kind: 'router.called',
  id: 'd',
  route: 'R1',
  live: true,
  attempt: 1,
  agrees: true,
  status: 200,
  costUsd: 0.25,
  inputTokens: 10,
  outputTokens: 30,
  upstreamMs: 20,
  ...more,
})
const probed = (isWell: boolean): RouterFact => ({
  kind: 'router.probed',
  route: 'R1',
  isWell,
  tookMs: 5,
})
const learned = (more: Fields<'router.learned'> = {}): RouterFact => ({
  kind: 'router.learned',
  id: 'd',
  route: 'R1',
  part: 'immediate',
  reward: 0.5,
  update: 1,
  triDelta: null,
  said: null,
  ...more,
})
const deployed = (isRollback: boolean): RouterFact => {
  const deployment = { isSloOk: true, isRollback, errorRate: 0 }
  return learned({ part: 'later', said: { quality: null, triDelta: null, deployment } })
}
const restricted = (fast: number, reason = 'anomaly_engaged'): RouterFact => ({
  kind: 'router.restricted',
  id: 'd',
  reasons: [reason],
  mask: [],
  probabilities: { R1: 1 - fast, R3: fast },
})
const anomaly = { score: 1.1, driftZ: 3, jitter: 0, pressure: 1 }
const engaged: RouterFact = { kind: 'router.anomaly-engaged', ...anomaly }
const released: RouterFact = { kind: 'router.anomaly-released', ...anomaly }

describe('a decision', () => {
  it('counts once, as live and as agreeing where it was, and every call as a call', async () => {
    const facts = [
      called(),
      called({ agrees: false }),
      called({ live: false }),
      called({ attempt: 2, live: false, route: 'R2' }),
    ]
    expect(await shown(facts)).toMatchObject({
      nova_anr_total_decisions_total: 3,
      nova_anr_live_decisions_total: 2,
      nova_anr_live_decisions_agree_total: 1,
      'holdfast_router_calls_total{route="R1",status="200"}': 3,
      'holdfast_router_calls_total{route="R2",status="200"}': 1,
      'holdfast_router_cost_usd_total{route="R1"}': 0.75,
      'holdfast_router_tokens_total{route="R1",direction="input"}': 30,
      'holdfast_router_tokens_total{route="R1",direction="output"}': 90,
      'holdfast_router_tokens_total{route="R2",direction="output"}': 30,
    })
  })
})

describe('a probe', () => {
  it('counts by route, and by whether the route was well', async () => {
    expect(await shown([probed(true), probed(false), probed(false)])).toMatchObject({
      'holdfast_router_probes_total{route="R1",well="true"}': 1,
      'holdfast_router_probes_total{route="R1",well="false"}': 2,
    })
  })
})

describe('a rollback', () => {
  it('is deployment feedback that said so, counted when it was learned', async () => {
    const facts = [deployed(true), deployed(false), learned()]
    expect(await shown(facts)).toMatchObject({ nova_anr_rollbacks_total: 1 })
  })

  it('is 0 before the first, so that its rate is known', async () => {
    expect(await shown([])).toMatchObject({
      nova_anr_rollbacks_total: 0,
      nova_anr_state_write_errors_total: 0,
      nova_anr_total_decisions_total: 0,
      nova_anr_live_decisions_total: 0,
      nova_anr_live_decisions_agree_total: 0,
    })
  })
})

describe('TRI delta', () => {
  it('is 0 in the middle of a bucket while all is as usual', async () => {
    const facts = [0, 0].map((triDelta) => learned({ triDelta }))
    expect(await shown(facts)).toMatchObject({
      'nova_anr_tri_delta_bucket{le="-0.01"}': 0,
      'nova_anr_tri_delta_bucket{le="0.01"}': 2,
      nova_anr_tri_delta_count: 2,
      nova_anr_tri_delta_sum: 0,
    })
  })

  it('is what was found of each answer, and nothing where nothing was', async () => {
    const facts = [learned({ triDelta: -0.5 }), learned(), learned({ triDelta: 1 }), deployed(true)]
    expect(await shown(facts)).toMatchObject({
      nova_anr_tri_delta_count: 2,
      'nova_anr_tri_delta_bucket{le="-0.5"}': 1,
      'nova_anr_tri_delta_bucket{le="0.75"}': 1,
      'nova_anr_tri_delta_bucket{le="1"}': 2,
    })
  })

  it('has buckets that are symmetric around 0', async () => {
    const bounds = Object.keys(await shown([]))
      .flatMap((name) => /^nova_anr_tri_delta_bucket\{le="([^"]+)"\}/.exec(name)?.[1] ?? [])
      .filter((bound) => bound !== '+Inf')
      .map(Number)
    expect(bounds.length).toBeGreaterThan(9)
    expect(bounds).not.toContain(0)
    expect(bounds.map((bound) => -bound).toReversed()).toEqual(bounds)
  })
})

describe('the fast route under an anomaly', () => {
  const fast = 'nova_anr_r3_prob_under_anomaly'

  it('shows the highest probability since the switch engaged', async () => {
    const facts = [engaged, restricted(0.1), restricted(0.15), restricted(0.05)]
    expect(await shown(facts)).toMatchObject({ [fast]: 0.15, holdfast_router_anomaly_engaged: 1 })
  })

  it('is 0 before, after, and under restrictions of another kind', async () => {
    expect(await shown([])).toMatchObject({ [fast]: 0, holdfast_router_anomaly_engaged: 0 })
    const over = [engaged, restricted(0.3), released]
    expect(await shown(over)).toMatchObject({ [fast]: 0, holdfast_router_anomaly_engaged: 0 })
    const again = [...over, restricted(0.9, 'breaker_open'), engaged, restricted(0.1)]
    expect(await shown(again)).toMatchObject({ [fast]: 0.1 })
  })

  it('is the route that the configuration calls fast', async () => {
    const metrics = createMetrics({ build: 'b', fastRoute: 'R1', ofProcess: false })
    metrics.observe(engaged)
    metrics.observe(restricted(0.25))
    expect(await metrics.text(quiet)).toContain(`\n${fast} 0.75\n`)
  })
})

describe('what is asked for when metrics are', () => {
  it('is the state of each breaker, as a number', async () => {
    const states: readonly BreakerReading['state'][] = [
      'closed',
      'probing',
      'open',
      'isolated',
      'disabled',
      'observing',
    ]
    const breakers = states.map((state) => ({ name: state, state }))
    const values = await shown([], { ...quiet, breakers })
    const of = (name: string): unknown =>
      values[`holdfast_circuit_breaker_state{breaker="${name}"}`]
    expect(states.map(of)).toEqual([0, 1, 2, 3, 0, 0])
  })

  it('is when a lesson was last saved, and what waits', async () => {
    expect(await shown([])).toMatchObject({ nova_anr_bandit_last_update: 0 })
    expect(await shown([], { awaiting: 3, unsaved: 2, savedAtMs: 1_500 })).toMatchObject({
      nova_anr_bandit_last_update: 1.5,
      holdfast_router_awaiting_feedback: 3,
      holdfast_bandit_store_unsaved_lessons: 2,
    })
  })
})

describe('health', () => {
  it('is the status of each check and group, as a number', async () => {
    const facts: RouterFact[] = [
      { kind: 'health.changed', name: 'disk', from: 'unknown', to: 'degraded', message: null },
      { kind: 'health.changed', name: 'lock', from: 'ok', to: 'critical', message: 'gone' },
      { kind: 'health.group-changed', group: 'ready', from: 'ok', to: 'critical' },
    ]
    expect(await shown(facts)).toMatchObject({
      'holdfast_health_check_status{name="disk"}': 1,
      'holdfast_health_check_status{name="lock"}': 3,
      'holdfast_health_group_status{group="ready"}': 3,
      'holdfast_health_changes_total{name="disk",to="degraded"}': 1,
    })
  })
})

it('the share that is obeyed and the build are told', async () => {
  const obeyed = { kind: 'promotion.obeyed', worker: '1-a', because: 'stage', seq: 1 } as const
  const facts: RouterFact[] = [
    { ...obeyed, pilot: 0.25 },
    { ...obeyed, pilot: 0.1 },
  ]
  expect(await shown(facts)).toMatchObject({
    nova_anr_pilot_fraction: 0.1,
    'holdfast_promotion_obeyed_total{because="stage"}': 2,
    'nova_build_info{build="abc"}': 1,
  })
})
