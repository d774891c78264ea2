import { describe, expect, it } from 'vitest'
import { effectiveRollout, environmentOf, switchesOf, type RolloutSight } from './effective.ts'
import { beginning, type RolloutState } from './state.ts'

const at50: RolloutState = { ...beginning, seq: 3, stage: 50 }
const back: RolloutState = {
  ...beginning,
  seq: 4,
  standing: { kind: 'rolled-back', reason: 'a page', from: 50 },
}
const rollback = { id: 'r1', reason: 'a page' }
const FREE = { kill: false, enabled: true }

const fixed = (sight: RolloutSight, switches = FREE) => effectiveRollout(sight, switches, 0.2)

describe('how far the policy may act', () => {
  it('is as the stage says', () => {
    expect(effectiveRollout({ state: at50, rollback: null }, FREE)).toMatchObject({
      pilot: 0.5,
      because: 'stage',
    })
  })

  it.each([
    [
      'under the kill switch',
      { state: at50, rollback: null },
      { kill: true, enabled: true },
      'kill',
    ],
    ['when disabled', { state: at50, rollback: null }, { kill: false, enabled: false }, 'disabled'],
    ['under a rollback', { state: at50, rollback }, FREE, 'rollback'],
    [
      'under a rollback that cannot be read',
      { state: at50, rollback: 'unreadable' },
      FREE,
      'rollback',
    ],
    ['without a state', { state: null, rollback: null }, FREE, 'no-state'],
    ['without a state, under a rollback', { state: null, rollback }, FREE, 'rollback'],
  ] as const)('is not at all %s', (_, sight, switches, because) => {
    expect(effectiveRollout(sight, switches)).toMatchObject({ pilot: 0, because })
  })

  it('is as was fixed by hand, but for switches and rollbacks', () => {
    expect(fixed({ state: at50, rollback: null })).toMatchObject({ pilot: 0.2, because: 'fixed' })
    expect(fixed({ state: null, rollback: null })).toMatchObject({ pilot: 0.2, because: 'fixed' })
    expect(fixed({ state: null, rollback })).toMatchObject({ pilot: 0, because: 'rollback' })
    expect(fixed({ state: back, rollback: null })).toEqual({
      pilot: 0,
      because: 'rollback',
      reason: 'a page',
    })
    const killed = { kill: true, enabled: true }
    expect(fixed({ state: at50, rollback: null }, killed).because).toBe('kill')
  })

  it('is as the stage says again, once a later beginning has answered the rollback, and not another one', () => {
    const begun = { ...at50, clearedRollback: 'r1' }
    expect(effectiveRollout({ state: begun, rollback }, FREE).pilot).toBe(0.5)
    const other = { id: 'r2', reason: 'another page' }
    expect(effectiveRollout({ state: begun, rollback: other }, FREE).pilot).toBe(0)
  })
})

describe('the switches of the environment', () => {
  it.each([
    [{}, false, true],
    [{ NOVA_ANR_KILL: '1' }, true, true],
    [{ NOVA_ANR_KILL: '0' }, false, true],
    [{ NOVA_ANR_KILL: 'yes' }, true, true],
    [{ NOVA_ANR_ENABLED: '0' }, false, false],
    [{ NOVA_ANR_ENABLED: '1' }, false, true],
    [{ NOVA_ANR_ENABLED: 'off' }, false, false],
    [{ NOVA_ANR_KILL: '', NOVA_ANR_ENABLED: '' }, false, true],
  ])('%o: kill %s, enabled %s', (env, kill, enabled) => {
    expect(switchesOf(env)).toEqual({ kill, enabled })
  })

  it('are written as the pilot scripts write them, with a point in every country', () => {
    expect(environmentOf(0.1, { statePath: 'run/anr_state.json', fastCap: 0.15 })).toEqual({
      NOVA_ANR_ENABLED: '1',
      NOVA_ANR_PILOT: '0.10',
      NOVA_ANR_MAX_FAST_PROB: '0.15',
      NOVA_ANR_STRICT_ON_ANOMALY: '1',
      NOVA_ANR_LEARN_SHADOW: '1',
      NOVA_ANR_STATE_PATH: 'run/anr_state.json',
    })
    expect(environmentOf(0, { statePath: 's', fastCap: 0.15 })).toMatchObject({
      NOVA_ANR_ENABLED: '0',
      NOVA_ANR_PILOT: '0.00',
    })
  })
})
