import { describe, expect, it } from 'vitest'
import { addObservation, emptySums, type Sums } from '@holdfast/linucb'
import type { Learned } from './bandit-store.ts'
import { Fold } from './fold.ts'
import { folded, HOUR_MS, idAt, record } from './records.fixture.ts'
import { checkedForgetting, weigh, weightOf, type Forgetting } from './weigh.ts'

const rules = { dim: 1, epochMs: HOUR_MS, keepEpochs: 4 }
const one = Int16Array.from([4096])

/** One observation of context 1 and reward 2^hour in each of these hours. */
const learnedIn = (...hours: readonly number[]): Fold =>
  folded(
    hours.map((hour) => record(idAt(hour * HOUR_MS), { context: one, reward: 4096 * 2 ** hour })),
    rules,
  )

/** A, b and pulls of the one arm. */
function weighed(learned: Learned, forgetting: Forgetting): readonly number[] {
  const { a, b, pulls } = weigh(learned, checkedForgetting(forgetting)).get('R1')!
  return [a[0]!, b[0]!, pulls]
}

describe('without forgetting', () => {
  it('everything counts whole, exactly', () => {
    expect(weighed(learnedIn(1, 2, 3), {})).toEqual([3, 14, 3])
    expect(weighed(learnedIn(1, 2, 9), {})).toEqual([3, 518, 3])
  })

  it('imported sums count too', () => {
    const learned = learnedIn(1)
    const imported: Sums = emptySums(1)
    addObservation(imported, Float64Array.from([3]), 1 / 3)
    learned.adoptImported(new Map([['R1', imported]]))
    expect(weighed(learned, {})).toEqual([1 + 9, 2 + 1, 2])
  })

  it('arms can be asked for one by one', () => {
    const learned = folded([record(idAt(0, 1)), record(idAt(0, 2), { arm: 'R2' })])
    const arms = weigh(learned, checkedForgetting({}), new Set(['R2']))
    expect([...arms.keys()]).toEqual(['R2'])
  })
})

describe('a half-life', () => {
  it('halves exactly, whole epochs back from the newest decision', () => {
    expect(weighed(learnedIn(1, 2, 3), { halfLifeMs: HOUR_MS })).toEqual([1.75, 8 + 2 + 0.5, 3])
  })

  it('gives powers of two that are exact', () => {
    const memory = checkedForgetting({ halfLifeMs: HOUR_MS })
    for (let age = 0; age < 1000; age += 1) {
      const weight = weightOf(1000 - age, { newestEpoch: 1000, epochMs: HOUR_MS }, memory)
      expect(weight * 2 ** age).toBe(1)
    }
  })

  it('need not be a whole number of epochs', () => {
    const memory = checkedForgetting({ halfLifeMs: 2 * HOUR_MS })
    const learned = { newestEpoch: 10, epochMs: HOUR_MS }
    expect(weightOf(10, learned, memory)).toBe(1)
    expect(weightOf(9, learned, memory)).toBeCloseTo(Math.SQRT1_2, 15)
    expect(weightOf(8, learned, memory)).toBe(0.5)
  })

  it('takes what is no longer kept apart for as old as the youngest it may be of', () => {
    // 9 is the newest, so 6 is the oldest that is kept, and 1 and 2 are as if of 5.
    const halfLifeMs = HOUR_MS
    expect(weighed(learnedIn(1, 2, 9), { halfLifeMs })[0]).toBe(1 + 2 * 2 ** -4)
    expect(weighed(learnedIn(1, 2, 6, 9), { halfLifeMs })[0]).toBe(1 + 2 ** -3 + 2 * 2 ** -4)
  })

  it('lets what is no longer kept apart go after ten half-lives, however much it grows', () => {
    const nine = { halfLifeMs: (4 / 9) * HOUR_MS }
    expect(weighed(learnedIn(1, 2, 9), nine)[0]).toBeCloseTo(1 + 2 * 2 ** -9, 15)
    expect(weighed(learnedIn(1, 2, 9), { halfLifeMs: 0.4 * HOUR_MS })[0]).toBe(1)
  })

  it('takes what was imported for an epoch older than the first', () => {
    const learned = learnedIn(3, 4)
    const imported = { ...emptySums(1), a: Float64Array.from([16]), pulls: 16 }
    learned.adoptImported(new Map([['R1', imported]]))
    expect(weighed(learned, { halfLifeMs: HOUR_MS })).toEqual([1 + 0.5 + 4, 16 + 4, 18])
    const alone = new Fold(rules)
    alone.adoptImported(new Map([['R1', imported]]))
    expect(weighed(alone, { halfLifeMs: HOUR_MS })[0]).toBe(16)
  })
})

describe('a window', () => {
  it('counts as many epochs as lie in it whole, and no other', () => {
    expect(weighed(learnedIn(1, 2, 3), { windowMs: 2 * HOUR_MS })).toEqual([2, 12, 3])
    expect(weighed(learnedIn(1, 2, 3), { windowMs: 1 })[0]).toBe(1)
    expect(weighed(learnedIn(1, 2, 9), { windowMs: 4 * HOUR_MS })[0]).toBe(1)
  })

  it('may be joined with a half-life', () => {
    const both = { windowMs: 2 * HOUR_MS, halfLifeMs: HOUR_MS }
    expect(weighed(learnedIn(1, 2, 3), both)).toEqual([1.5, 8 + 2, 3])
  })
})

describe('a time to forget', () => {
  it('forgets every epoch that it touches', () => {
    const forget = [{ fromMs: 2.9 * HOUR_MS, toMs: 3 * HOUR_MS }]
    expect(weighed(learnedIn(1, 2, 3), { forget })).toEqual([2, 2 + 8, 3])
    const wider = [{ fromMs: 2 * HOUR_MS, toMs: 3 * HOUR_MS + 1 }]
    expect(weighed(learnedIn(1, 2, 3), { forget: wider })[0]).toBe(1)
  })

  it('may be one of several', () => {
    const forget = [1, 3].map((hour) => ({ fromMs: hour * HOUR_MS, toMs: (hour + 1) * HOUR_MS }))
    expect(weighed(learnedIn(1, 2, 3), { forget })).toEqual([1, 4, 3])
  })

  it('cannot take an hour out of what is no longer kept by hours', () => {
    const forget = [{ fromMs: 5 * HOUR_MS, toMs: 6 * HOUR_MS }]
    expect(weighed(learnedIn(1, 5, 9), { forget })[0]).toBe(3)
  })

  it('forgets all of that if it reaches from 0 to where the kept epochs begin', () => {
    const learned = learnedIn(1, 2, 6, 9)
    expect(weighed(learned, { forget: [{ fromMs: 0, toMs: 6 * HOUR_MS }] })[0]).toBe(2)
    expect(weighed(learned, { forget: [{ fromMs: 0, toMs: 6 * HOUR_MS - 1 }] })[0]).toBe(4)
  })
})

describe('a forgetting', () => {
  it.each<[string, unknown]>([
    ['halfLifeMs', { halfLifeMs: 0 }],
    ['halfLifeMs', { halfLifeMs: '5' }],
    ['windowMs', { windowMs: Number.NaN }],
    [
      'forget[1].toMs',
      {
        forget: [
          { fromMs: 1, toMs: 2 },
          { fromMs: 2, toMs: 2 },
        ],
      },
    ],
    ['forget[0].toMs', { forget: [{ fromMs: 0 }] }],
    ['forget[0].fromMs', { forget: [{ fromMs: Number.NaN, toMs: 5 }] }],
    ['forget[0].fromMs', { forget: [{ toMs: 5 }] }],
  ])('is refused by the name of what is wrong: %s', (field, forgetting) => {
    const check = (): unknown => checkedForgetting(forgetting as Forgetting)
    expect(check).toThrow(RangeError)
    expect(check).toThrow(`forgetting.${field} must be `)
  })
})
