import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { input, report, row, times } from '../rows.fixture.ts'
import { judge } from '../gates/judge.ts'
import type { Verdict } from '../gates/gate.ts'
import { carryOut, type CommandResult, type RolloutCommand } from './command.ts'
import { STAGES, type Stage } from './stage.ts'
import { beginning, isRolloutState, type RolloutState, type Standing } from './state.ts'

const go = judge(input(report(times(200, () => row()))))
const noGo = judge(input(report([])))
const unsure: Verdict = {
  ...go,
  verdict: 'inconclusive',
  gates: go.gates.map((gate) => ({ ...gate, verdict: 'inconclusive' })),
}
const state = (stage: Stage, standing: Standing = { kind: 'rolling' }): RolloutState => ({
  ...beginning,
  seq: 5,
  stage,
  standing,
  sinceMs: 100,
})
const FROZEN: Standing = { kind: 'frozen', reason: 'a page', completed: false }
const BACK: Standing = { kind: 'rolled-back', reason: 'a page', from: 50 }
const reason = 'because'
const promote = (verdict: Verdict = go, lacking: readonly string[] = []): RolloutCommand => ({
  kind: 'promote',
  verdict,
  lacking,
  reason,
})
const stage = (
  stage: Stage,
  change: { verdict?: Verdict; isForced?: boolean } = {},
): RolloutCommand => ({
  kind: 'stage',
  stage,
  reason,
  verdict: change.verdict ?? null,
  isForced: change.isForced ?? false,
})
const moved = (result: CommandResult): RolloutState => {
  if (result.kind !== 'moved') throw new Error(result.reasons.join())
  return result.state
}
const said = (from: RolloutState, command: RolloutCommand): readonly string[] => {
  const result = carryOut(from, command, 200)
  if (result.kind === 'moved') throw new Error('it moved')
  return [result.kind, ...result.reasons]
}

describe('an automatic promotion', () => {
  it('goes one stage up, and begins its time anew', () => {
    expect(
      STAGES.slice(0, -1).map((from) => moved(carryOut(state(from), promote(), 200)).stage),
    ).toEqual(STAGES.slice(1))
    expect(moved(carryOut({ ...state(10), redAtMs: 150 }, promote(), 200))).toMatchObject({
      seq: 6,
      stage: 25,
      sinceMs: 200,
      redAtMs: null,
      reason,
    })
  })

  it('ends at 100 percent: a finished rollout is not promoted again', () => {
    const done = moved(carryOut(state(75), promote(), 200))
    expect(done.standing).toEqual({ kind: 'completed' })
    expect(said(done, promote())).toEqual(['held', 'everyone is live already'])
  })

  it('is held by a gate, by what is lacking, by a freeze and by a rollback', () => {
    expect(said(state(10), promote(noGo))[1]).toMatch(/^rsi no-go: no live decision/)
    expect(said(state(10), promote(unsure))[0]).toBe('held')
    expect(said(state(10), promote(go, ['too early']))).toEqual(['held', 'too early'])
    expect(said(state(10, FROZEN), promote())).toEqual(['held', 'it is frozen: a page'])
    expect(said(state(0, BACK), promote())).toEqual(['held', 'it is rolled back: a page'])
  })
})

describe('a stage chosen by a person', () => {
  it('may be any below', () => {
    expect(moved(carryOut(state(75), stage(10), 200)).stage).toBe(10)
    expect(moved(carryOut(state(100, { kind: 'completed' }), stage(50), 200)).standing.kind).toBe(
      'rolling',
    )
  })

  it('may be the next one where the gates are green, or nobody is live yet', () => {
    expect(moved(carryOut(state(0), stage(10), 200)).stage).toBe(10)
    expect(moved(carryOut(state(10), stage(25, { verdict: go }), 200)).stage).toBe(25)
    expect(said(state(10), stage(25))).toEqual([
      'refused',
      'no gates were judged',
      'a stage against the gates must be forced',
    ])
    expect(said(state(10), stage(25, { verdict: noGo })).at(-1)).toContain('must be forced')
  })

  it('leaps, and goes against the gates, only when forced', () => {
    expect(said(state(10), stage(50, { verdict: go }))).toEqual([
      'refused',
      'the next stage is 25; a leap must be forced',
    ])
    expect(moved(carryOut(state(10), stage(50, { isForced: true }), 200)).stage).toBe(50)
  })

  it('does not go past a freeze or a rollback, even forced, and leaves a freeze standing below', () => {
    expect(said(state(10, FROZEN), stage(25, { isForced: true }))[0]).toBe('refused')
    expect(said(state(0, BACK), stage(10, { isForced: true }))[0]).toBe('refused')
    expect(moved(carryOut(state(50, FROZEN), stage(10), 200))).toMatchObject({
      stage: 10,
      standing: FROZEN,
    })
  })

  it('is not the one it is at', () => {
    expect(said(state(10), stage(10))).toEqual(['refused', 'it is at stage 10 already'])
  })
})

describe('freeze, rollback and beginning again', () => {
  it('freezes what is rolled back: nobody begins again before it has thawed', () => {
    const frozen = moved(carryOut(state(0, BACK), { kind: 'freeze', reason: 'a page' }, 200))
    expect(frozen).toMatchObject({ stage: 0, standing: { ...BACK, frozen: 'a page' } })
    const begin = { kind: 'begin', reason, rollback: null } as const
    expect(said(frozen, begin)).toEqual(['refused', 'it is frozen: a page'])
    const thawed = moved(carryOut(frozen, { kind: 'thaw', reason }, 300))
    expect(thawed.standing).toEqual(BACK)
    expect(moved(carryOut(thawed, begin, 400)).standing.kind).toBe('rolling')
    expect(said(state(0, BACK), { kind: 'thaw', reason })).toEqual(['refused', 'it is not frozen'])
  })

  it('keeps a freeze over a rollback', () => {
    const back = moved(carryOut(state(50, FROZEN), { kind: 'rollback', reason, id: 'r' }, 200))
    expect(back.standing).toEqual({ kind: 'rolled-back', reason, from: 50, frozen: 'a page' })
    expect(isRolloutState({ ...back, head: 'x' })).toBe(true)
    expect(isRolloutState({ ...back, standing: { ...back.standing, frozen: 5 } })).toBe(false)
  })

  it('freezes and thaws to what was before', () => {
    const frozen = moved(carryOut(state(25), { kind: 'freeze', reason }, 200))
    expect(frozen.standing).toEqual({ kind: 'frozen', reason, completed: false })
    expect(moved(carryOut(frozen, { kind: 'thaw', reason }, 300)).standing.kind).toBe('rolling')
    const done = moved(carryOut(state(100, { kind: 'completed' }), { kind: 'freeze', reason }, 200))
    expect(moved(carryOut(done, { kind: 'thaw', reason }, 300)).standing.kind).toBe('completed')
    expect(said(state(10), { kind: 'thaw', reason })).toEqual(['refused', 'it is not frozen'])
  })

  it('rolls back from anywhere, and remembers from where', () => {
    const back = moved(carryOut(state(50), { kind: 'rollback', reason, id: 'r' }, 200))
    expect(back).toMatchObject({ stage: 0, standing: { kind: 'rolled-back', from: 50 } })
    const twice = moved(carryOut(back, { kind: 'rollback', reason, id: 's' }, 300))
    expect(twice.standing).toMatchObject({ from: 50 })
  })

  it('begins again with nobody live, and as another rollout', () => {
    const begun = moved(carryOut(state(0, BACK), { kind: 'begin', reason, rollback: 'r' }, 200))
    expect(begun).toMatchObject({
      stage: 0,
      epoch: 2,
      epochSinceMs: 200,
      clearedRollback: 'r',
      standing: { kind: 'rolling' },
    })
    expect(said(state(10), { kind: 'begin', reason, rollback: null })[0]).toBe('refused')
  })

  it('notes a no-go, unless it is rolled back', () => {
    expect(moved(carryOut(state(10), { kind: 'red', reason }, 200))).toMatchObject({
      stage: 10,
      sinceMs: 100,
      redAtMs: 200,
    })
    expect(said(state(0, BACK), { kind: 'red', reason })[0]).toBe('held')
  })
})

describe('whatever is asked', () => {
  it('a state stays whole, counts by one, and nobody but a forced hand leaps upwards', () => {
    const command = fc.oneof(
      fc.constantFrom(promote(), promote(noGo), promote(go, ['x'])),
      fc.constantFrom(...STAGES).map((to) => stage(to, { verdict: go })),
      fc.constantFrom<RolloutCommand>(
        { kind: 'freeze', reason },
        { kind: 'thaw', reason },
        { kind: 'rollback', reason, id: 'r' },
        { kind: 'begin', reason, rollback: 'r' },
        { kind: 'red', reason },
      ),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let now: RolloutState = beginning
        for (const [index, one] of commands.entries()) {
          const result = carryOut(now, one, index)
          if (result.kind !== 'moved') continue
          expect(isRolloutState(result.state)).toBe(true)
          expect(result.state.seq).toBe(now.seq + 1)
          const climbed = STAGES.indexOf(result.state.stage) - STAGES.indexOf(now.stage)
          expect(climbed).toBeLessThanOrEqual(1)
          now = result.state
        }
      }),
    )
  })
})
