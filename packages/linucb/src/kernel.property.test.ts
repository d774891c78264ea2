import { seededRandom } from '@holdfast/seams'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Kernel } from './kernel.ts'
import { createLinUCB } from './linucb.ts'
import { plainKernel } from './plain-kernel.ts'
import { wasmKernel } from './wasm-kernel.ts'

const TOLERANCE = 1e-12
const size = fc.integer({ min: 1, max: 40 })
const entry = fc.double({ min: -1, max: 1, noNaN: true })
/** Dense, and with most entries 0. */
const entries = (dim: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    fc.array(entry, { minLength: dim, maxLength: dim }),
    fc.array(fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, entry), {
      minLength: dim,
      maxLength: dim,
    }),
  )
const lesson = (dim: number) =>
  fc.record({ slot: fc.integer({ min: 0, max: 1 }), x: entries(dim), reward: entry, later: entry })
const lessons = size.chain((dim) =>
  fc.record({
    dim: fc.constant(dim),
    past: fc.array(lesson(dim), { maxLength: 60 }),
    x: entries(dim),
  }),
)
type Lessons = typeof lessons extends fc.Arbitrary<infer T> ? T : never

function packedIdentity(dim: number): Float64Array {
  const packed = new Float64Array((dim * (dim + 1)) / 2)
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) packed[at] = 1
  return packed
}

const length = (values: Float64Array): number => Math.hypot(...values)

/** A kernel that has learned all of it. */
function taught(kernel: Kernel, { dim, past, x }: Lessons): Kernel {
  for (const slot of [0, 1]) {
    kernel.write(slot, { inverse: packedIdentity(dim), theta: new Float64Array(dim) })
  }
  for (const { slot, x, reward, later } of past) {
    kernel.context.set(x)
    kernel.absorb(slot, reward)
    kernel.credit(slot, later)
  }
  kernel.context.set(x)
  kernel.score()
  return kernel
}

describe('the two kernels', () => {
  it('differ by less than 10⁻¹² in every number, and by nothing in the sums', () => {
    fc.assert(
      fc.property(lessons, (given) => {
        const plain = taught(plainKernel(given.dim, 2), given)
        const wasm = taught(wasmKernel(given.dim, 2)!, given)
        expect(wasm.sums).toEqual(plain.sums)
        for (const slot of [0, 1]) {
          const [expected, estimate] = [plain.read(slot), wasm.read(slot)]
          const size = Math.max(length(expected.theta), 1) * Math.max(length(plain.context), 1)
          const spread = plain.spreads[slot]!
          expect(Math.abs(wasm.means[slot]! - plain.means[slot]!) / size).toBeLessThan(TOLERANCE)
          expect(Math.abs(wasm.spreads[slot]! - spread)).toBeLessThanOrEqual(TOLERANCE * spread)
          for (const [i, value] of estimate.inverse.entries()) {
            // No entry of A⁻¹ exceeds 1 here.
            expect(Math.abs(value - expected.inverse[i]!)).toBeLessThan(TOLERANCE)
          }
          for (const [i, value] of estimate.theta.entries()) {
            expect(Math.abs(value - expected.theta[i]!) / size).toBeLessThan(TOLERANCE)
          }
        }
      }),
    )
  })

  it('give finite scores for contexts and rewards of any size, over and over', () => {
    const sizes = fc.constantFrom(1e9, -1e9, 1e6, 1, 1e-5, 1e-150, 5e-324, 0)
    const context = fc.array(sizes, { minLength: 5, maxLength: 5 })
    const run = fc.record({
      kernel: fc.constantFrom('plain' as const, 'wasm' as const),
      ridge: fc.constantFrom(1e-9, 1, 1e9),
      contexts: fc.array(context, { minLength: 1, maxLength: 3 }),
    })
    fc.assert(
      fc.property(run, ({ kernel, ridge, contexts }) => {
        const model = createLinUCB({ arms: ['R1'], dim: 5, alpha: 1, ridge, kernel })
        for (let round = 0; round < 60; round += 1) {
          const x = contexts[round % contexts.length]!
          model.learn('R1', x, round % 2 === 0 ? 1e9 : -1e9)
          expect(model.decide(x).scores['R1']).toSatisfy(Number.isFinite)
        }
      }),
    )
  })

  it.each([
    { dim: 3, rounds: 20_000, filled: 1 },
    { dim: 22, rounds: 10_000, filled: 1 },
    { dim: 64, rounds: 3_000, filled: 1 },
    { dim: 64, rounds: 5_000, filled: 0.12 },
  ])('make the same decisions over a long run, $dim entries of which $filled are filled', (run) => {
    const { dim, rounds, filled } = run
    const random = seededRandom(`${dim} ${filled}`)
    const options = { arms: ['R1', 'R2', 'R3', 'R4', 'R5'], dim, alpha: 0.3, epsilon: 0.05 }
    const models = (['plain', 'wasm'] as const).map((kernel) =>
      createLinUCB({ ...options, kernel }),
    )
    const truth = options.arms.map(() => Array.from({ length: dim }, () => random.next() - 0.5))
    const wrong: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const x = truth[0]!.map((_, i) => {
        if (i === 0) return 1
        return random.next() < filled ? random.next() * 2 - 1 : 0
      })
      const [one, other] = models.map((model) => model.decide(x, { id: `${round}` }).arm)
      if (one !== other) wrong.push(round)
      const weights = truth[options.arms.indexOf(one!)]!
      const reward = weights.reduce((sum, weight, i) => sum + weight * x[i]!, random.next())
      for (const model of models) {
        model.learn(one!, x, reward)
        if (round % 3 === 0) model.learnMore(one!, x, -reward / 4)
      }
    }
    expect(wrong).toEqual([])
    const [one, other] = models.map((model) => model.snapshot().arms)
    expect(other).toEqual(one)
  })
})
