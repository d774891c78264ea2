import { describe, expect, it } from 'vitest'
import { NONE, together, type Restrictions } from './restrictions.ts'

const restrictions = (some: Partial<Restrictions>): Restrictions => ({ ...NONE, ...some })

describe('restrictions of a decision, taken together', () => {
  it('are none where nobody restricts anything', () => {
    expect(together()).toBe(NONE)
    expect(together(NONE, NONE)).toBe(NONE)
  })

  it('mask what any of them masks, once', () => {
    const both = together(
      restrictions({ mask: ['R1', 'R3'] }),
      restrictions({ mask: ['R2', 'R3'] }),
    )
    expect(both.mask).toEqual(['R1', 'R3', 'R2'])
  })

  it('cap a route at the smaller of its caps, in whatever order', () => {
    const tight = restrictions({ caps: { R3: 0.1, R1: 0.5 } })
    const loose = restrictions({ caps: { R3: 0.15 } })
    expect(together(tight, loose).caps).toEqual({ R3: 0.1, R1: 0.5 })
    expect(together(loose, tight).caps).toEqual({ R3: 0.1, R1: 0.5 })
  })

  it('explore no more than the one that allows least, and say nothing of it where none does', () => {
    const still = restrictions({ epsilon: 0 })
    const some = restrictions({ epsilon: 0.1 })
    expect(together(some, still, NONE).epsilon).toBe(0)
    expect(together(still, some).epsilon).toBe(0)
    expect(together(restrictions({ mask: ['R1'] }))).not.toHaveProperty('epsilon')
  })

  it('give every reason once', () => {
    const anomaly = restrictions({ reasons: ['anomaly_engaged'] })
    expect(together(anomaly, restrictions({ reasons: ['breaker_open'] }), anomaly).reasons).toEqual(
      ['anomaly_engaged', 'breaker_open'],
    )
  })
})
