import { describe, expect, it } from 'vitest'
import { stanceOf, type Wanted } from './obedience.ts'

const stage: Wanted = { pilot: 0.25, because: 'stage', seq: 3 }
const back: Wanted = { pilot: 0, because: 'rollback', seq: 3 }
const router = { pilot: 0.25, because: 'stage', seq: 3, quietMs: 900 }
const guardrail = { ...router, pilot: 0, because: 'rollback' }

describe('how a router stands to the rollout', () => {
  it.each([
    ['obeys the stage that it acts by', router, stage, 'obeys'],
    [
      'obeys a rollback, also one that it saw before the journal has it',
      { ...guardrail, seq: 2 },
      back,
      'obeys',
    ],
    [
      'obeys where nobody can tell the last change',
      { ...router, seq: 1 },
      { ...stage, seq: null },
      'obeys',
    ],
    ['differs by its share', { ...router, pilot: 0.1 }, stage, 'differs'],
    ['differs when it has not seen the last change', { ...router, seq: 2 }, stage, 'differs'],
    ['is apart with its kill switch', { ...guardrail, because: 'kill' }, stage, 'apart'],
    ['obeys a rollback with its kill switch', { ...guardrail, because: 'kill' }, back, 'obeys'],
    [
      'is apart with a fixed share, also with that of the stage',
      { ...router, because: 'fixed' },
      stage,
      'apart',
    ],
    [
      'differs with a fixed share under a rollback',
      { ...router, because: 'fixed' },
      back,
      'differs',
    ],
    [
      'is silent where its file cannot be read',
      { ...router, pilot: null, seq: null },
      stage,
      'silent',
    ],
    [
      'hangs without a sign of life, whatever it said last',
      { ...router, quietMs: 10_001 },
      stage,
      'hangs',
    ],
    ['does not hang where nobody can tell', { ...router, quietMs: null }, stage, 'obeys'],
  ] as const)('%s', (_name, seen, wanted, stance) => {
    expect(stanceOf(seen, wanted)).toBe(stance)
  })
})
