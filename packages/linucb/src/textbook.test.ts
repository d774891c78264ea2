import { seededRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { createLinUCB } from './linucb.ts'
import { Textbook } from './textbook.fixture.ts'

const arms = ['R1', 'R2', 'R3', 'R4']
const dim = 6
const rounds = 10_000

/** A stream in which the best arm depends on the context, with noise. */
function stream(seed: string) {
  const random = seededRandom(seed)
  const uniform = (): number => random.next() * 2 - 1
  const truth = arms.map(() => Array.from({ length: dim }, () => uniform() / 3))
  return () => {
    const context = [1, ...Array.from({ length: dim - 1 }, uniform)]
    const noise = uniform() / 2
    const reward = (arm: number): number =>
      truth[arm]!.reduce((sum, weight, i) => sum + weight * context[i]!, 0.5 + noise)
    return { context, reward }
  }
}

describe('decisions over 10 000 rounds', () => {
  it.each([
    { alpha: 0.1, priorMean: 1 },
    { alpha: 1, priorMean: 0 },
  ])('are those of the textbook at %o', ({ alpha, priorMean }) => {
    const model = createLinUCB({ arms, dim, alpha, priorMean, epsilon: 0 })
    const textbook = new Textbook(arms.length, dim, alpha, priorMean)
    const next = stream(`textbook ${alpha}`)
    const wrong: number[] = []
    let undecided = 0
    let worst = 0
    for (let round = 0; round < rounds; round += 1) {
      const { context, reward } = next()
      const expected = textbook.scores(context)
      const { arm, scores } = model.decide(context, { id: `${round}` })
      const chosen = arms.indexOf(arm)
      const best = Math.max(...expected)
      // Untried arms score the same. Any of them is right then.
      const right = expected.flatMap((score, i) => (best - score < 1e-9 ? [i] : []))
      if (right.length > 1) undecided += 1
      if (!right.includes(chosen)) wrong.push(round)
      for (const [i, score] of expected.entries()) {
        worst = Math.max(worst, Math.abs(score - scores[arms[i]!]!))
      }
      textbook.learn(chosen, context, reward(chosen))
      model.learn(arm, context, reward(chosen))
    }
    expect(wrong).toEqual([])
    expect(undecided).toBeLessThan(10)
    expect(worst).toBeLessThan(1e-10)
  })
})
