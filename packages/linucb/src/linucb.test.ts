import { seededRandom } from '@holdfast/seams'
import { recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { LinUCBFact } from './fact.ts'
import type { DecideOptions } from './decide.ts'
import { createLinUCB, restoreLinUCB, type LinUCB } from './linucb.ts'
import type { LinUCBOptions } from './options.ts'

const routes = ['R1', 'R2', 'R3', 'R4']
const plain = [1, 0.5]

function bandit(options: Partial<LinUCBOptions> = {}): LinUCB {
  return createLinUCB({ arms: routes, dim: 2, random: seededRandom(1), ...options })
}

/** A bandit that has found R3 good and the others poor. */
function taught(options: Partial<LinUCBOptions> = {}): LinUCB {
  const model = bandit(options)
  for (const arm of model.arms) {
    for (let i = 0; i < 20; i += 1) model.learn(arm, plain, arm === 'R3' ? 0.9 : 0.1)
  }
  return model
}

/** What an untried bandit expects of its first arm. */
function firstScore(biasIndex: number | null): number | undefined {
  return bandit({ alpha: 0, priorMean: 0.5, biasIndex }).decide([3, 7]).scores['R1']
}

function chosenFrom(seed: number): readonly string[] {
  const model = bandit({ random: seededRandom(seed) })
  return Array.from({ length: 50 }, () => model.decide(plain).arm)
}

const contextAt = (i: number): number[] =>
  Array.from({ length: 6 }, (_, k) => Math.sin(i * (k + 1) + k))

describe('a decision', () => {
  it('names the arm, and how likely each arm was', () => {
    const { arm, p, probabilities } = taught({ epsilon: 0.04 }).decide(plain, { id: 'a' })
    expect(arm).toBe('R3')
    expect(p).toBe(probabilities['R3'])
    expect(probabilities).toEqual({ R1: 0.01, R2: 0.01, R3: 0.97, R4: 0.01 })
  })

  it('is plain data that goes through JSON whole', () => {
    const decision = bandit().decide(plain, { id: 'a' })
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
    expect(Object.keys(decision)).toEqual(['arm', 'p', 'probabilities', 'scores', 'bounds'])
  })

  it('scores an untried arm with the prior mean and a bound of alpha·|x|/√ridge', () => {
    const model = bandit({ alpha: 0.5, ridge: 4, priorMean: 0.75 })
    const { scores, bounds } = model.decide([1, 2])
    expect(bounds['R1']).toBeCloseTo((0.5 * Math.sqrt(5)) / 2, 14)
    expect(scores['R1']).toBeCloseTo(0.75 + (0.5 * Math.sqrt(5)) / 2, 14)
  })

  it('puts the prior mean on the bias wherever that is, and nowhere without one', () => {
    expect(firstScore(0)).toBeCloseTo(1.5, 14)
    expect(firstScore(1)).toBeCloseTo(3.5, 14)
    expect(firstScore(null)).toBe(0)
  })

  it('shows the scores of masked arms too', () => {
    const model = taught()
    const { scores } = model.decide(plain)
    const masked = model.decide(plain, { mask: ['R3'], id: 'a' })
    expect(masked.scores).toEqual(scores)
    expect(masked.probabilities['R3']).toBe(0)
  })

  it('is the same again for the same id, also in another process', () => {
    const ids = Array.from({ length: 200 }, (_, i) => `d${i}`)
    const decide = (model: LinUCB) =>
      ids.map((id) => model.decide(plain, { id, caps: { R3: 0.3 } }))
    const first = decide(taught({ epsilon: 0.5, random: seededRandom('one') }))
    expect(decide(taught({ epsilon: 0.5, random: seededRandom('two') }))).toEqual(first)
    expect(new Set(first.map(({ arm }) => arm)).size).toBe(4)
  })

  it('breaks ties by the id, not by the order of the arms', () => {
    const model = bandit({ epsilon: 0 })
    const chosen = Array.from({ length: 100 }, (_, i) => model.decide(plain, { id: `d${i}` }))
    expect(new Set(chosen.map(({ arm }) => arm))).toEqual(new Set(routes))
    expect(chosen.every(({ p }) => p === 0.25)).toBe(true)
  })

  it('comes from `random` without an id', () => {
    expect(chosenFrom(7)).toEqual(chosenFrom(7))
    expect(new Set(chosenFrom(7)).size).toBe(4)
  })

  it.each([
    ['nothing', {}],
    ['a mask', { mask: ['R2'] }],
    ['caps', { caps: { R3: 0.15, R1: 0.3 } }],
    ['more exploration', { epsilon: 0.8 }],
    [
      'caps beyond which only the guardrail has room',
      { caps: { R1: 0.1, R2: 0.1, R3: 0.1, R4: 0.1 } },
    ],
  ])('is drawn as often as its probability says, with %s', (_, limits) => {
    const model = taught({ epsilon: 0.4 })
    const rounds = 20_000
    const seen: Record<string, number> = {}
    let last = model.decide(plain, { ...limits, id: 'x' })
    for (let i = 0; i < rounds; i += 1) {
      last = model.decide(plain, { ...limits, id: `round-${i}` })
      expect(last.p).toBe(last.probabilities[last.arm])
      seen[last.arm] = (seen[last.arm] ?? 0) + 1
    }
    const possible = Object.entries(last.probabilities).filter(([, p]) => p > 0)
    expect(Object.keys(seen).toSorted()).toEqual(possible.map(([arm]) => arm).toSorted())
    const chiSquare = possible.reduce(
      (sum, [arm, p]) => sum + ((seen[arm] ?? 0) - p * rounds) ** 2 / (p * rounds),
      0,
    )
    // With 3 degrees of freedom, 1 in 10⁶ passes 31.
    expect(chiSquare).toBeLessThan(31)
  })
})

describe('the exploration of one decision', () => {
  it('is what that decision asks for, and the next is explored as ever', () => {
    const model = taught({ epsilon: 0.4 })
    const probabilities = (options?: DecideOptions) => model.decide(plain, options).probabilities
    const usual = probabilities()
    expect(probabilities({ epsilon: 0 })).toEqual({ R1: 0, R2: 0, R3: 1, R4: 0 })
    expect(probabilities({ epsilon: 1 })).toEqual({ R1: 0.25, R2: 0.25, R3: 0.25, R4: 0.25 })
    expect(probabilities({ epsilon: 0.4 })).toEqual(usual)
    expect(probabilities()).toEqual(usual)
  })

  it('is nothing that a mask or a cap would not limit', () => {
    const { probabilities } = taught().decide(plain, {
      epsilon: 1,
      mask: ['R1'],
      caps: { R3: 0.125 },
    })
    expect(probabilities['R1']).toBe(0)
    expect(probabilities['R3']).toBe(0.125)
  })
})

describe('the guardrail', () => {
  it('is the last arm unless named', () => {
    const { arm, p } = taught().decide(plain, { mask: routes })
    expect([arm, p]).toEqual(['R4', 1])
    expect(taught({ guardrail: 'R2' }).decide(plain, { mask: routes }).arm).toBe('R2')
  })

  it('may be nobody who is chosen otherwise', () => {
    const model = taught({ guardrail: 'blocked', epsilon: 1 })
    expect(model.decide(plain).probabilities).toEqual({ R1: 0.25, R2: 0.25, R3: 0.25, R4: 0.25 })
    const { arm, p, probabilities } = model.decide(plain, { mask: routes })
    expect([arm, p]).toEqual(['blocked', 1])
    expect(probabilities).toEqual({ R1: 0, R2: 0, R3: 0, R4: 0, blocked: 1 })
  })

  it('takes what the caps leave over', () => {
    const caps = { R1: 0.125, R2: 0.125, R3: 0.125, R4: 0.125 }
    expect(taught({ guardrail: 'blocked' }).decide(plain, { caps }).probabilities).toEqual({
      ...caps,
      blocked: 0.5,
    })
    expect(taught().decide(plain, { caps }).probabilities).toEqual({ ...caps, R4: 0.625 })
  })

  it('is told of when it takes something', () => {
    const facts = recordedFacts<LinUCBFact>()
    const model = taught({ observe: facts.observe })
    model.decide(plain)
    model.decide(plain, { mask: routes })
    model.decide(plain, { mask: ['R1', 'R2', 'R4'], caps: { R3: 0.25 } })
    expect(facts.all).toEqual([
      { kind: 'linucb.guarded', reason: 'nothing-allowed', probability: 1 },
      { kind: 'linucb.guarded', reason: 'caps', probability: 0.75 },
    ])
  })

  it('lets whoever is told of it decide in turn', () => {
    let isInside = false
    const observe = (): void => {
      if (isInside) return
      isInside = true
      model.decide(plain, { mask: ['R2'], id: 'inner' })
    }
    const model = taught({ observe })
    const { probabilities } = model.decide(plain, { mask: routes, id: 'outer' })
    expect(isInside).toBe(true)
    expect(probabilities).toEqual({ R1: 0, R2: 0, R3: 0, R4: 1 })
  })

  it('and only it may be named in mask and caps without being an arm', () => {
    const model = taught({ guardrail: 'blocked' })
    expect(model.decide(plain, { mask: ['blocked'], caps: { blocked: 0 } }).arm).toBe('R3')
    expect(() => model.decide(plain, { mask: ['R9'] })).toThrow(/mask: arm "R9" is unknown/)
  })
})

describe('the fast route capped at 0.15', () => {
  it('gets 0.15 however good it is, and the next best gets the rest', () => {
    const model = taught({ epsilon: 0 })
    for (let i = 0; i < 20; i += 1) model.learn('R2', plain, 0.8)
    expect(model.decide(plain, { caps: { R3: 0.15 } }).probabilities).toEqual({
      R1: 0,
      R2: 0.85,
      R3: 0.15,
      R4: 0,
    })
  })
})

describe('a reward in parts', () => {
  const rounds = Array.from({ length: 40 }, (_, i) => ({
    x: contextAt(i),
    now: i / 40,
    later: -i / 80,
  }))
  const options = { arms: ['R1', 'R2'], dim: 6, alpha: 0.5 }
  const whole = createLinUCB(options)
  for (const { x, now, later } of rounds) whole.learn('R1', x, now + later)

  it('teaches what it would have taught in one, whatever came between', () => {
    const model = createLinUCB(options)
    for (const { x, now } of rounds) model.learn('R1', x, now)
    for (const { x, later } of rounds.toReversed()) model.learnMore('R1', x, later)
    for (let i = 0; i < 20; i += 1) {
      const { scores, bounds } = model.decide(contextAt(i + 0.5))
      const expected = whole.decide(contextAt(i + 0.5))
      expect(scores['R1']).toBeCloseTo(expected.scores['R1']!, 12)
      expect(bounds['R1']).toBe(expected.bounds['R1'])
    }
  })

  it('counts its decision once', () => {
    const model = createLinUCB(options)
    for (const { x, now, later } of rounds) {
      model.learn('R1', x, now)
      model.learnMore('R1', x, later)
    }
    const { a, b, pulls, rewardSum } = model.snapshot().arms['R1']!
    const expected = whole.snapshot().arms['R1']!
    expect(pulls).toBe(40)
    expect(a).toEqual(expected.a)
    expect(rewardSum).toBeCloseTo(expected.rewardSum, 12)
    for (const [i, value] of b.entries()) expect(value).toBeCloseTo(expected.b[i]!, 12)
  })

  it('is kept also for an arm at rest', () => {
    const model = restoreLinUCB(whole.snapshot(), { ...options, arms: ['R2'] })
    model.learnMore('R1', contextAt(1), 0.5)
    model.addArm('R1')
    const { scores } = model.decide(contextAt(1))
    expect(scores['R1']).toBeGreaterThan(whole.decide(contextAt(1)).scores['R1']!)
  })

  it('is anchored after 1000 parts', () => {
    const facts = recordedFacts<LinUCBFact>()
    const model = bandit({ observe: facts.observe })
    for (let i = 0; i < 500; i += 1) {
      model.learn('R1', plain, 0.5)
      model.learnMore('R1', plain, 0.1)
    }
    expect(facts.ofKind('linucb.anchored')).toHaveLength(1)
  })
})

describe('learning', () => {
  it('may come late, in any order, for decisions long past', () => {
    const contexts = [plain, [1, -1], [1, 0.25]]
    const model = bandit()
    const decisions = contexts.map((context) => ({ context, ...model.decide(context) }))
    for (const { arm, context } of decisions.toReversed()) model.learn(arm, context, 0.5)
    const { arms } = model.snapshot()
    expect(Object.values(arms).reduce((sum, { pulls }) => sum + pulls, 0)).toBe(3)
  })

  it('finds the better arm for each kind of context', () => {
    const model = bandit({ arms: ['left', 'right'], alpha: 0.3 })
    const random = seededRandom('kinds')
    let right = 0
    for (let round = 0; round < 2_000; round += 1) {
      const side = random.next() < 0.5 ? -1 : 1
      const { arm } = model.decide([1, side], { id: `${round}` })
      const isRight = (arm === 'right') === side > 0
      model.learn(arm, [1, side], isRight ? 1 : 0)
      if (round >= 1_000 && isRight) right += 1
    }
    expect(right).toBeGreaterThan(970)
  })

  it('reads any array-like context', () => {
    const model = bandit()
    model.learn('R1', Float32Array.of(1, 0.5), 1)
    model.learn('R1', plain, 1)
    expect(model.snapshot().arms['R1']?.a).toEqual([2, 1, 0.5])
  })

  it('anchors each arm after 1000 of its updates, and says how far it had drifted', () => {
    const facts = recordedFacts<LinUCBFact>()
    const model = bandit({ observe: facts.observe })
    for (let i = 0; i < 2_500; i += 1) model.learn('R2', [1, Math.sin(i)], 0.5)
    const anchored = facts.ofKind('linucb.anchored')
    expect(anchored.map(({ arm }) => arm)).toEqual(['R2', 'R2'])
    for (const { drift } of anchored) expect(drift).toBeLessThan(1e-12)
  })

  it('computes an arm afresh when it is anchored, exactly as a restart would', () => {
    const options = { arms: ['R1'], dim: 6, alpha: 1 }
    const model = createLinUCB(options)
    const scoresAfter = (updates: number) => {
      for (let i = 0; i < updates; i += 1) model.learn('R1', contextAt(i), Math.cos(i))
      const fresh = restoreLinUCB(model.snapshot(), options)
      const [running, restored] = [model, fresh].map((m) => m.decide(contextAt(0.5)).scores['R1'])
      return { running, restored }
    }
    const before = scoresAfter(999)
    expect(before.running).not.toBe(before.restored)
    const after = scoresAfter(1)
    expect(after.running).toBe(after.restored)
  })

  it.each([
    ['plain', 2],
    ['plain', 5],
    ['wasm', 2],
    ['wasm', 5],
  ] as const)('goes on with sums that rounding has made singular, %s at d = %i', (kernel, dim) => {
    const model = bandit({ ridge: 1e-9, alpha: 1, kernel, dim })
    const context = Array.from({ length: dim }, () => 1e9)
    for (let i = 0; i < 3_000; i += 1) {
      model.learn('R1', context, 1e9)
      const { scores, bounds } = model.decide(context)
      expect(Number.isFinite(scores['R1'])).toBe(true)
      expect(bounds['R1']).toBeGreaterThanOrEqual(0)
    }
  })
})
