import { describe, expect, it } from 'vitest'
import { NOON_MS } from '../rows.fixture.ts'
import { joined, LINE, PARTS, wholeRow, WINDOW_OF_ROWS } from './ledger-rows.fixture.ts'
import { EVIDENCE_FIELDS, evidenceOf, type LedgerDecision } from './ledger-rows.ts'
import { rejectionOf, type EvidenceRow } from './row.ts'
import { reportOf } from './tally.ts'

const found = (row: LedgerDecision): EvidenceRow => {
  const evidence = evidenceOf(row)
  if (evidence === null) throw new Error('no evidence')
  return evidence
}
const line = (change: object): EvidenceRow => found(joined({ ...LINE, ...change }))
const withOptions = (options: object) => () => evidenceOf(joined(), options)
const rewardOf = (...parts: readonly object[]): number | null | undefined =>
  evidenceOf(joined(LINE, parts as typeof PARTS))?.reward
const only = (fields: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))
const refused = (row: LedgerDecision): unknown => rejectionOf(found(row), WINDOW_OF_ROWS)

describe("a router's decision", () => {
  it.each([null, undefined, 5])('is an object, which %s is not', (row) => {
    expect(() => evidenceOf(row as never)).toThrow('evidence: row must be a joined decision')
  })

  it('is evidence with all that its lines say', () => {
    expect(found(joined())).toEqual({
      id: 'd1',
      tMs: NOON_MS,
      subject: '5f1c1d2aa0b34e77',
      live: { route: 'R2', pilot: 0.1 },
      shadow: { argmax: 'R2' },
      route: 'R2',
      p: 0.085,
      probabilities: { R1: 0.05, R2: 0.85, R3: 0.05, R4: 0.05 },
      estimates: { R1: 0.25, R2: 0.625, R3: 0.125, R4: 0.25 },
      reward: 0.25,
      triDeltaNorm: 0.02,
      deployment: { sloOk: true, rollback: false, errorRate: 0.001 },
      anomaly: false,
      fastProbability: 0.05,
      stage: 10,
    })
    expect(refused(joined())).toBeNull()
  })

  it('is none where the caller named the route', () => {
    expect(evidenceOf(joined({ ...LINE, live: null, named: true, p: 1 }))).toBeNull()
  })

  it('is none where it stood in for another', () => {
    const standIn = { ...LINE, live: null, why: 'fallback', attempt: 2, after: 'd0', p: 1 }
    expect(evidenceOf(joined(standIn))).toBeNull()
  })

  it.each(['killed', 'untrusted', 'not enabled'])(
    'of a guardrail that answered because of "%s" is of stage 0, and not compared',
    async (why) => {
      const row = line({ live: null, route: 'R4', p: 1, pilot: 0, why })
      expect(row.stage).toBe(0)
      const { report } = await reportOf([row], WINDOW_OF_ROWS)
      expect(report).toMatchObject({ decisions: 1, quality: { compared: 0, unusable: 0 } })
    },
  )

  it('of a subject outside the pilot has the stage in force', () => {
    expect(line({ live: null, route: 'R4', p: 0.905 })).toMatchObject({ live: null, stage: 10 })
  })

  it('has no stage where the share was not recorded, and is then not compared, live or not', async () => {
    const { pilot: _, ...earlier } = LINE
    const rows = [earlier, { ...earlier, live: null, route: 'R4' }].map((one) => found(joined(one)))
    expect(rows.map(({ stage }) => stage)).toEqual([null, null])
    const { report } = await reportOf(rows, WINDOW_OF_ROWS)
    expect(report.quality).toMatchObject({ compared: 0, unusable: 0 })
  })

  it('of an earlier version lacks what was not written then', () => {
    const { reasons: _r, masked: _m, attempt: _a, after: _f, ...earlier } = LINE
    expect(line({ ...earlier, subject: undefined })).toMatchObject({
      anomaly: false,
      subject: null,
    })
  })

  it('was made under an anomaly when its reasons say so', () => {
    expect(line({ reasons: ['consent', 'anomaly_engaged'] }).anomaly).toBe(true)
    expect(line({ reasons: ['consent'] }).anomaly).toBe(false)
  })
})

describe('the fast route', () => {
  it('is R3, or the one that is named', () => {
    expect(evidenceOf(joined(), { fastRoute: 'R1' })?.fastProbability).toBe(0.05)
    expect(evidenceOf(joined(), { fastRoute: 'R2' })?.fastProbability).toBe(0.85)
  })

  it('had no chance where the policy did not know it', () => {
    expect(line({ probabilities: { R1: 0.5, R4: 0.5 } }).fastProbability).toBe(0)
    expect(evidenceOf(joined(), { fastRoute: 'constructor' })?.fastProbability).toBe(0)
  })

  it('has an unknown chance where no probabilities were recorded', () => {
    expect(line({ probabilities: undefined }).fastProbability).toBeNull()
  })
})

describe('the reward', () => {
  it('is what all parts brought together', () => {
    expect(rewardOf({ reward: 0.5 }, { reward: -0.25 })).toBe(0.25)
  })

  it('is null as long as no part has one', () => {
    expect(rewardOf()).toBeNull()
    expect(rewardOf({ reward: null }, {})).toBeNull()
  })

  it('is the last quality told where that is to be measured, without a guess of it', () => {
    const row = evidenceOf(joined(), { measure: 'quality' })
    expect(row).toMatchObject({ reward: 0.75 })
    expect(row?.estimates).toBeUndefined()
    const parts = [{ quality: 0.5 }, { quality: 1 }, { quality: null }]
    expect(evidenceOf(joined(LINE, parts), { measure: 'quality' })?.reward).toBe(1)
    expect(evidenceOf(joined(LINE, [{ reward: 1 }]), { measure: 'quality' })?.reward).toBeNull()
  })
})

describe('the guess of what a route brings', () => {
  it('is left out where its bound was not recorded', () => {
    expect(line({ bounds: { R2: 0.125 } }).estimates).toEqual({ R2: 0.625 })
    expect(line({ bounds: undefined }).estimates).toBeUndefined()
    expect(line({ scores: {}, bounds: {} }).estimates).toEqual({})
  })
})

describe('a whole row', () => {
  it('has its route, its measures and no more', () => {
    expect(found(wholeRow())).toEqual({
      id: 'd1',
      tMs: NOON_MS,
      subject: null,
      live: { route: 'R2', pilot: 0.1 },
      shadow: { route: 'R2', argmax: 'R2' },
      route: 'R2',
      p: null,
      reward: null,
      triDeltaNorm: 0.02,
      deployment: { sloOk: true, rollback: false, errorRate: 0.001 },
      anomaly: false,
      fastProbability: null,
      stage: null,
    })
  })

  it.each([undefined, null, {}, { route: null, pilot: 0.1 }])('is shadow with live %j', (live) => {
    expect(found(wholeRow({ live }))).toMatchObject({ live: null, route: null })
  })

  it.each([undefined, null, {}, { route: 'R2', argmax: null }])(
    'agrees with nothing with shadow %j',
    async (shadow) => {
      const { report } = await reportOf([found(wholeRow({ shadow }))], WINDOW_OF_ROWS)
      expect(report).toMatchObject({ live_decisions: 1, agreeing: 0, rsi: 0 })
    },
  )

  it('may say true and false for 1 and 0, and nothing of what is not known', () => {
    const rewards = { deployment: { slo_ok: false, rollback: true } }
    expect(found(wholeRow({ rewards }))).toMatchObject({
      triDeltaNorm: null,
      deployment: { sloOk: false, rollback: true, errorRate: null },
    })
    expect(found(wholeRow({ rewards: undefined }))).toMatchObject({
      triDeltaNorm: null,
      deployment: null,
    })
  })
})

describe('a line that cannot be right', () => {
  it.each<[string, object]>([
    ['a share as text', { pilot: '0.1' }],
    ['a share above 1', { pilot: 25 }],
    ['a probability as text', { p: '0.085' }],
    ['a probability of 0', { p: 0 }],
    ['shares in a list', { probabilities: [0.5, 0.5] }],
    ['shares that do not add up', { probabilities: { R1: 0.5, R2: 0.4 } }],
    ['scores that are text', { scores: { R2: '0.5' } }],
    ['bounds in a list', { bounds: [1] }],
    ['a subject that is a number', { subject: 7 }],
    ['named as text', { named: 'no' }],
    ['after as a number', { after: 0 }],
    ['reasons as text', { reasons: 'anomaly_engaged' }],
    ['reasons that are numbers', { reasons: [1] }],
    ['live as text', { live: 'R2' }],
    ['live without a route', { live: { pilot: 0.1 } }],
    ['a route that is a number', { route: 2 }],
    ['shadow as text', { shadow: 'R2' }],
    ['rewards as a number', { rewards: 1 }],
    ['rewards with text in them', { rewards: { immediate: 'good' } }],
  ])('is refused as malformed: %s', (_what, change) => {
    expect(refused(joined({ ...LINE, ...change }))).toBe('malformed')
  })

  it.each<[string, object]>([
    ['a reward as text', { reward: '1' }],
    ['a reward that is not finite', { reward: Infinity }],
    ['a quality above 1', { quality: 1.5 }],
    ['a quality as text', { quality: 'good' }],
    ['rewards in a list', { rewards: [] }],
    ['a rollback that is neither 0 nor 1', { rewards: { deployment: { rollback: 2 } } }],
    ['a rollback as text', { rewards: { deployment: { rollback: '0' } } }],
    ['a service level as text', { rewards: { deployment: { slo_ok: 'yes' } } }],
    ['a TRI Δ as text', { rewards: { immediate: { tri_delta_norm: '0' } } }],
    ['a TRI Δ above 1', { rewards: { immediate: { tri_delta_norm: 2 } } }],
    ['an error rate as text', { rewards: { deployment: { error_rate: '0' } } }],
  ])('is refused as malformed, also in an outcome: %s', (_what, part) => {
    expect(refused(joined(LINE, [part as Record<string, unknown>]))).toBe('malformed')
  })

  it('is refused by either measure', () => {
    for (const measure of ['reward', 'quality'] as const) {
      const row = evidenceOf(joined(LINE, [{ reward: 1, quality: 2 }]), { measure })
      expect(row && rejectionOf(row, WINDOW_OF_ROWS)).toBe('malformed')
    }
  })

  it('may name a route after what every object has, and crashes nothing', async () => {
    const rows = ['constructor', '__proto__', 'toString'].map((route) =>
      line({ route, p: 1, live: { route, pilot: 0.1 }, shadow: { argmax: route } }),
    )
    const { report } = await reportOf(rows, WINDOW_OF_ROWS)
    expect(report.routes.map(({ route }) => route)).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ])
    expect(report.policy_value).toMatchObject({ n: 3, mean_weight: 0 })
  })
})

describe('the fields that are read', () => {
  it('are all that is needed', () => {
    const { decision, outcome } = EVIDENCE_FIELDS
    const whole = joined()
    const row = {
      ...whole,
      decision: only(LINE, decision),
      outcomes: PARTS.map((fields) => ({ fields: only(fields, outcome) })),
    }
    expect(found(row)).toEqual(found(whole))
    expect(Object.keys(row.decision).toSorted()).toEqual(
      decision.filter((name) => name !== 'rewards').toSorted(),
    )
  })
})

describe('the options', () => {
  it('are told when they are wrong', () => {
    expect(withOptions({ measure: 'qualty' })).toThrow('measure must be one of reward, quality')
    expect(withOptions({ fastroute: 'R3' })).toThrow('it is written fastRoute')
    expect(withOptions({ fastRoute: '' })).toThrow('fastRoute must be text')
  })
})
