import { describe, expect, it } from 'vitest'
import { rolling, router, shown } from '../fixtures/status.fixture.ts'
import { isSettled, missingOf, nextOf } from './next.ts'

const known = { ledger: true, report: 'fresh', askAtMs: null } as const

describe('what is missing', () => {
  it('is told with the command that brings it', () => {
    expect(
      missingOf('none', 0, { ...known, ledger: false, report: 'none' }, 'start it').map(
        ({ next }) => next,
      ),
    ).toEqual(['start it', 'start it', 'holdfast promote to 10 --reason <text>'])
    expect(missingOf('none', 1, { ...known, report: 'none' }, 'start it')[0]?.what).toBe(
      'no report yet',
    )
    expect(missingOf('rolling', 1, { ...known, report: 'none' }, 'start it')).toEqual([
      { what: 'no report of this rollout yet', next: 'holdfast report daily --out' },
    ])
    const young = { ...known, report: 'none', askAtMs: 7_260_000 } as const
    expect(missingOf('rolling', 1, young, 'start it')[0]?.what).toBe(
      'no report of this rollout until 02:01 UTC',
    )
    expect(missingOf('rolling', 1, { ...known, report: 'old' }, 'start it')[0]?.what).toContain(
      'too old',
    )
    expect(missingOf('rolling', 2, known, 'start it')).toEqual([])
  })
})

describe('what to do next', () => {
  it('is to roll back where the journal cannot be trusted, also again: that begins a new one', () => {
    const trouble = 'line 3 was changed'
    expect(nextOf(shown({ rollout: { ...rolling, trouble } }))[0]).toContain('holdfast rollback')
    const back = { ...rolling, kind: 'rolled-back', stage: 0, trouble } as const
    expect(nextOf(shown({ rollout: back }))[0]).toContain('holdfast rollback')
  })
  it('is to look at a router that does not obey, before all else', () => {
    const routers = [router({ stance: 'differs', obeys: false })]
    expect(nextOf(shown({ routers, verdict: 'no-go' }))).toEqual(['holdfast health'])
    const fixed = [router({ stance: 'apart', obeys: false, because: 'fixed' })]
    expect(nextOf(shown({ routers: fixed }))).toEqual(['holdfast doctor'])
  })
  it('is to look at a damaged state, and to restore it from a backup that is there', () => {
    const stateProblems = ['lessons/a.0.log is empty']
    expect(nextOf(shown({ stateProblems }))).toEqual([
      'holdfast state show',
      'holdfast state restore latest',
    ])
    expect(nextOf(shown({ stateProblems, hasBackup: false }))).toEqual(['holdfast state show'])
  })
  it('is to reset a route that is isolated, after what is more urgent', () => {
    const isolated = [{ route: 'R2', reason: 'nonsense', by: 'ana', atMs: 0 }]
    expect(nextOf(shown({ isolated })).at(-1)).toBe('holdfast breakers reset R2')
    const odd = [{ route: 'R 2', reason: 'nonsense', by: 'ana', atMs: 0 }]
    expect(nextOf(shown({ isolated: odd })).at(-1)).toBe("holdfast breakers reset 'R 2'")
    expect(nextOf(shown({ isolated: null })).at(-1)).toBe('holdfast breakers list')
  })
  it('is to look why, where somebody froze it or took it back, and never to undo that', () => {
    const frozen = { ...rolling, kind: 'frozen', frozen: 'alert' } as const
    const back = { ...rolling, kind: 'rolled-back', stage: 0 } as const
    for (const rollout of [frozen, back])
      expect(nextOf(shown({ rollout }))).toEqual(['holdfast receipts show last'])
  })
  it('is to roll back on measured harm, and not on missing data', () => {
    const harm = nextOf(shown({ verdict: 'no-go', isMeasured: true }))
    expect(harm).toContain('holdfast rollback --reason <text>')
    const lack = nextOf(shown({ verdict: 'no-go', isMeasured: false }))
    expect(lack).toEqual(['holdfast gate check'])
    const report = { ...shown().report!, liveRate: 0 }
    const nobody = nextOf(shown({ verdict: 'no-go', isMeasured: true, report }))
    expect(nobody).toEqual(['holdfast gate check'])
  })
  it('is to promote only on go, and when nothing is lacking', () => {
    const ready = 'holdfast promote auto --dry-run'
    expect(nextOf(shown({ verdict: 'go' }))).toEqual([ready])
    expect(nextOf(shown({ verdict: 'inconclusive' }))).not.toContain(ready)
    expect(nextOf(shown({ verdict: 'go', lacking: ['time'] }))).not.toContain(ready)
  })
  it('is to free a lock whose holder is dead, after what is more urgent', () => {
    const locks = [{ name: 'anr_autopromo', pid: 7, isDead: true, heldMs: 1 }]
    expect(nextOf(shown({ locks })).at(-1)).toBe('holdfast locks break anr_autopromo')
  })
})

describe('a status', () => {
  it('is final when everyone is live or nobody, or it is frozen, and all routers obey', () => {
    const completed = { ...rolling, kind: 'completed', stage: 100 } as const
    const back = { ...rolling, kind: 'rolled-back', stage: 0 } as const
    const frozen = { ...rolling, kind: 'frozen', frozen: 'alert' } as const
    const settled = [rolling, completed, back, frozen].map((rollout) =>
      isSettled(shown({ rollout })),
    )
    expect(settled).toEqual([false, true, true, true])
    for (const rollout of [back, frozen]) {
      expect(
        isSettled(shown({ rollout, routers: [router({ stance: 'differs', obeys: false })] })),
      ).toBe(false)
    }
  })
})
