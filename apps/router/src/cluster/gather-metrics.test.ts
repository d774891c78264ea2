import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '../tell/metrics.ts'
import { gatherMetrics, type Gathering } from './gather-metrics.ts'
import type { ToWorker } from './messages.ts'

const called = {
  kind: 'router.called',
  id: 'd',
  route: 'R1',
  live: true,
  agrees: true,
  status: 200,
  costUsd: 0.5,
  inputTokens: 10,
  outputTokens: 30,
  upstreamMs: 10,
  attempt: 1,
} as const
const nothing = { awaiting: 1, unsaved: 0, savedAtMs: null }
const options = { build: 'b', ofProcess: false }

/** A worker as the first process sees it: it answers unless it hangs. */
function worker(gathering: Gathering, calls: number) {
  const metrics = createMetrics(options)
  metrics.observe({
    kind: 'promotion.obeyed',
    worker: '1-a',
    pilot: 1,
    because: 'fixed',
    seq: 0,
  })
  for (let i = 0; i < calls; i += 1) metrics.observe(called)
  const told: ToWorker[] = []
  const state = { isHanging: false }
  const answerTo = async (ask: number): Promise<void> => {
    // On its way to another process it is copied.
    const values = structuredClone(await metrics.values(nothing))
    gathered.hear({ kind: 'values', ask, values })
  }
  const gathered = gathering.join((message) => {
    told.push(message)
    if (message.kind === 'values?' && !state.isHanging) void answerTo(message.ask)
  })
  gathered.hear({ kind: 'listening', port: 1 })
  let asks = 0
  return {
    ...gathered,
    metrics,
    state,
    told,
    answerTo,
    /** Asks for the metrics of all. */
    scrape: () => {
      asks += 1
      gathered.hear({ kind: 'metrics?', ask: asks })
    },
    /** What it was answered last. */
    text: () => told.findLast((message) => message.kind === 'metrics')?.text ?? '',
  }
}

function gathered() {
  const clock = new VirtualClock()
  const own = createMetrics(options)
  const gathering = gatherMetrics({
    clock,
    ownValues: () => own.values({ ...nothing, awaiting: 0 }),
  })
  return { clock, own, gathering }
}

const total = (text: string): number =>
  Number(/nova_anr_total_decisions_total (\d+)/.exec(text)?.[1] ?? Number.NaN)

/** Lets everything that needs no time happen. */
const settle = (clock: VirtualClock): Promise<void> => clock.advance(0)

describe('the metrics of several processes', () => {
  it('are added up, whichever is asked: counters, histograms, and gauges as each of them says', async () => {
    const { clock, gathering } = gathered()
    const [one, other] = [worker(gathering, 2), worker(gathering, 3)]
    for (const asked of [one, other]) {
      asked.scrape()
      await settle(clock)
      expect(total(asked.text())).toBe(5)
      expect(asked.text()).toContain('holdfast_router_upstream_seconds_count{route="R1"} 5')
      expect(asked.text()).toContain('holdfast_router_awaiting_feedback 2')
      expect(asked.text()).toContain('nova_anr_pilot_fraction 1')
    }
    gathering.end()
  })

  it('keep what a worker that ended has counted, and not what waits in it', async () => {
    const { clock, gathering } = gathered()
    const [one, other] = [worker(gathering, 2), worker(gathering, 3)]
    one.scrape()
    await settle(clock)
    other.leave()
    one.scrape()
    await settle(clock)
    expect(total(one.text())).toBe(5)
    expect(one.text()).toContain('holdfast_router_awaiting_feedback 1')
    gathering.end()
  })

  it('lose none when many end at once, and do not grow with those that ended', async () => {
    const { clock, gathering } = gathered()
    const one = worker(gathering, 1)
    for (let round = 0; round < 5; round += 1) {
      const crowd = Array.from({ length: 20 }, () => worker(gathering, 1))
      one.scrape()
      await settle(clock)
      for (const each of crowd) each.leave()
    }
    one.scrape()
    await settle(clock)
    expect(total(one.text())).toBe(101)
    gathering.end()
  })

  it('do not count twice what a worker is heard to say after its end was told', async () => {
    const { clock, gathering } = gathered()
    const [one, late] = [worker(gathering, 1), worker(gathering, 1)]
    one.scrape()
    await settle(clock)
    late.leave()
    await late.answerTo(1)
    one.scrape()
    await settle(clock)
    expect(total(one.text())).toBe(2)
    gathering.end()
  })

  it('are waited for no longer when a worker ends over the question', async () => {
    const { clock, gathering } = gathered()
    const [one, other] = [worker(gathering, 1), worker(gathering, 1)]
    other.state.isHanging = true
    one.scrape()
    await settle(clock)
    expect(one.text()).toBe('')
    other.leave()
    await settle(clock)
    expect(total(one.text())).toBe(1)
    gathering.end()
  })

  it('wait a second for a worker that hangs, once; then what it said before stands in for it', async () => {
    const { clock, gathering } = gathered()
    const [one, other] = [worker(gathering, 1), worker(gathering, 1)]
    one.scrape()
    await settle(clock)
    other.state.isHanging = true
    other.metrics.observe(called)
    one.metrics.observe(called)
    one.scrape()
    await clock.advance(999)
    expect(total(one.text())).toBe(2)
    await clock.advance(1)
    expect(total(one.text())).toBe(3)
    const questions = other.told.length
    one.metrics.observe(called)
    one.scrape()
    await settle(clock)
    expect(total(one.text())).toBe(4)
    expect(other.told).toHaveLength(questions)

    // Late as it is, its answer counts, and it is asked again.
    await other.answerTo(2)
    one.scrape()
    await settle(clock)
    expect(other.told).toHaveLength(questions + 1)
    gathering.end()
  })

  it('are asked for every 5 s, so that a killed worker takes no more of its counts along', async () => {
    const { clock, gathering } = gathered()
    const [one, other] = [worker(gathering, 0), worker(gathering, 7)]
    await clock.advance(5_000)
    other.leave()
    one.scrape()
    await settle(clock)
    expect(total(one.text())).toBe(7)
    gathering.end()
    expect(clock.waiting).toBe(0)
  })

  it('that cannot be put together are told as such', async () => {
    const clock = new VirtualClock()
    const gathering = gatherMetrics({
      clock,
      ownValues: () => Promise.reject(new Error('a bug')),
    })
    const one = worker(gathering, 1)
    one.scrape()
    await settle(clock)
    expect(one.told.at(-1)).toEqual({ kind: 'metrics', ask: 1, text: null })
    gathering.end()
  })
})
