import type { RolloutState, Verdict } from '@holdfast/promotion'
import { describe, expect, it } from 'vitest'
import { planStage, type StageWish } from './plan-stage.ts'

const state = (change: Partial<RolloutState> = {}): RolloutState => ({
  version: 1,
  seq: 3,
  epoch: 1,
  stage: 10,
  standing: { kind: 'rolling' },
  sinceMs: 0,
  epochSinceMs: 0,
  redAtMs: null,
  reason: 'x',
  clearedRollback: null,
  head: 'h',
  ...change,
})
const rolledBack = { kind: 'rolled-back', reason: 'bad', from: 25 } as const
const verdict = (says: Verdict['verdict']): Verdict => ({
  verdict: says,
  isMeasured: false,
  gates: [
    {
      gate: 'rsi',
      verdict: says,
      value: 0.9,
      threshold: 0.85,
      samples: 200,
      window: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
      source: 'live decisions',
      reason: 'x',
      because: 'measured',
      isAdvisory: false,
    },
  ],
})
const plan = (from: RolloutState, change: Partial<StageWish>) =>
  planStage(from, { stage: 25, reason: 'y', verdict: null, isForced: false, ...change }, 1)
const kinds = (found: ReturnType<typeof plan>): string[] =>
  found.kind === 'possible' ? found.commands.map(({ kind }) => kind) : found.reasons.slice(-1)

describe('a stage that a person wants', () => {
  it('is one command while the rollout is under way', () => {
    expect(kinds(plan(state(), { verdict: verdict('go') }))).toEqual(['stage'])
    expect(kinds(plan(state(), { stage: 0 }))).toEqual(['stage'])
  })
  it('begins a new rollout first after a rollback, which is at stage 0 by itself', () => {
    const back = state({ stage: 0, standing: rolledBack })
    expect(kinds(plan(back, { stage: 10 }))).toEqual(['begin', 'stage'])
    expect(kinds(plan(back, { stage: 0 }))).toEqual(['begin'])
  })
  it('is refused whole, also where its first step would be allowed', () => {
    const back = state({ stage: 0, standing: rolledBack })
    expect(kinds(plan(back, { stage: 25 }))).toEqual([
      'the next stage is 10; a leap must be forced',
    ])
    expect(kinds(plan(back, { stage: 25, isForced: true }))).toEqual(['begin', 'stage'])
  })
  it('is refused upwards on anything but a go', () => {
    for (const says of ['no-go', 'inconclusive'] as const) {
      expect(plan(state(), { verdict: verdict(says) }).kind).toBe('refused')
    }
  })
  it('is refused while it is frozen', () => {
    const frozen = state({ stage: 0, standing: { ...rolledBack, frozen: 'alert' } })
    expect(kinds(plan(frozen, { stage: 10 }))[0]).toContain('it is frozen: alert')
  })
})
