import { describe, expect, it } from 'vitest'
import type { RouterFact } from './facts.ts'
import { aggregated, lasting } from './metric-values.ts'
import { createMetrics, type ScrapedState } from './metrics.ts'

const engaged: RouterFact = {
  kind: 'router.anomaly-engaged',
  score: 1.1,
  driftZ: 3,
  jitter: 0,
  pressure: 1,
}
const restricted: RouterFact = {
  kind: 'router.restricted',
  id: 'd',
  reasons: ['anomaly_engaged'],
  mask: [],
  probabilities: { R3: 0.1 },
}
const failed: RouterFact = {
  kind: 'ledger.write-failed',
  directory: 'x',
  lines: 1,
  error: new Error('full'),
}
const obeyed = (pilot: number): RouterFact => ({
  kind: 'promotion.obeyed',
  worker: '1-a',
  pilot,
  because: 'stage',
  seq: 1,
})

/** What one process of a router says of its metrics. */
async function said(facts: readonly RouterFact[], state: ScrapedState) {
  const metrics = createMetrics({ build: 'abc', ofProcess: false })
  for (const fact of facts) metrics.observe(fact)
  // On its way to another process it is copied.
  return structuredClone(await metrics.values(state))
}

const breakers = (state: string) => [{ name: 'R1', state }]
const one = () =>
  said([engaged, restricted, failed, obeyed(0.25)], {
    awaiting: 2,
    unsaved: 0,
    savedAtMs: 2_000,
    breakers: breakers('open'),
  })
const other = () =>
  said([failed, failed, obeyed(0.1)], {
    awaiting: 3,
    unsaved: 1,
    savedAtMs: 1_000,
    breakers: breakers('closed'),
  })

describe('the metrics of two processes', () => {
  it('are added up, or the worst or latest of both, or those of the first', async () => {
    const text = await aggregated([await one(), await other()]).text()
    for (const line of [
      'holdfast_ledger_lost_lines_total 3',
      'holdfast_router_awaiting_feedback 5',
      'holdfast_bandit_store_unsaved_lessons 1',
      'holdfast_circuit_breaker_state{breaker="R1"} 2',
      'nova_anr_r3_prob_under_anomaly 0.1',
      'holdfast_router_anomaly_engaged 1',
      'nova_anr_bandit_last_update 2',
      'nova_anr_pilot_fraction 0.25',
      'nova_build_info{build="abc"} 1',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
  })

  it('outlive one of them where they only grow', async () => {
    const text = await aggregated([await one(), lasting(await other())]).text()
    expect(text).toContain('\nholdfast_ledger_lost_lines_total 3\n')
    expect(text).toContain('\nholdfast_router_awaiting_feedback 2\n')
  })
})
