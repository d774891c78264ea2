import type { Acknowledgement, DailyOutcome, GateVerdict } from '@holdfast/promotion'
import { describe, expect, it } from 'vitest'
import { OpsError } from '../errors.ts'
import { exitOf } from './promote-auto.ts'

const judged = (says: GateVerdict) => ({
  verdict: { verdict: says, isMeasured: true, gates: [] },
  receipt: null,
  isDryRun: false,
  reasons: [],
})
const held = (says: GateVerdict): DailyOutcome => ({ kind: 'held', stage: 10, ...judged(says) })
const moved = (
  kind: 'promoted' | 'rolled-back',
  acknowledgement: Acknowledgement,
): DailyOutcome => ({ kind, from: 10, to: 25, ...judged('go'), acknowledgement })
const changed = new OpsError('OPS_INTEGRITY', 'there is no evidence')
const obeyed: Acknowledgement = { kind: 'acknowledged', workers: ['a'], waitedMs: 1 }
const unheard: Acknowledgement = {
  kind: 'unacknowledged',
  workers: [],
  missing: ['a'],
  apart: [],
  waitedMs: 1,
}

describe('what a scheduler is told', () => {
  it.each<readonly [string, DailyOutcome, boolean, number]>([
    ['0 promoted, and every router obeys', moved('promoted', obeyed), false, 0],
    ['0 promoted, and there is no router', moved('promoted', { kind: 'no-router' }), false, 0],
    ['10 promoted, and a router does not say so', moved('promoted', unheard), false, 10],
    ['0 nothing to do', { kind: 'nothing-to-do', stage: 100, ...judged('go') }, false, 0],
    ['4 a no-go', held('no-go'), false, 4],
    ['7 frozen, also on a no-go', held('no-go'), true, 7],
    [
      '7 frozen, also after a rollback',
      { kind: 'nothing-to-do', stage: 0, ...judged('go') },
      true,
      7,
    ],
    ['4 rolled back while it is frozen', moved('rolled-back', obeyed), true, 4],
    ['4 rolled back', moved('rolled-back', obeyed), false, 4],
    ['4 rolled back without a router', moved('rolled-back', { kind: 'no-router' }), false, 4],
    ['10 rolled back, and a router does not say so', moved('rolled-back', unheard), false, 10],
    ['5 inconclusive', held('inconclusive'), false, 5],
    ['5 too early', held('go'), false, 5],
    ['7 frozen', held('go'), true, 7],
    ['5 no evidence', { kind: 'no-evidence', error: null }, false, 5],
    ['8 no evidence but what was changed', { kind: 'no-evidence', error: changed }, false, 8],
    [
      '8 a changed ledger, also while it is frozen',
      { kind: 'no-evidence', error: changed },
      true,
      8,
    ],
    ['6 another job is at it', { kind: 'busy', heldMs: 1, isStuck: false, reason: 'x' }, false, 6],
    ['6 another job is stuck', { kind: 'busy', heldMs: 1, isStuck: true, reason: 'x' }, false, 6],
  ])('is %s', (_name, outcome, isFrozen, code) => {
    expect(exitOf(outcome, isFrozen)).toBe(code)
  })
})
