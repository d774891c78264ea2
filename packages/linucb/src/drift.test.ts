import { seededRandom } from '@holdfast/seams'
import { recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { LinUCBFact } from './fact.ts'
import { packedLength } from './kernel.ts'
import { plainKernel } from './plain-kernel.ts'
import { wasmKernel } from './wasm-kernel.ts'
import { createLinUCB, restoreLinUCB } from './linucb.ts'
import { solve } from './anchor.ts'
import { addObservation, emptySums } from './sums.ts'

const dim = 8
const updates = 1_000_000

/** Columns of equal size, or scaled from 1 to 10⁴. */
const scales = {
  'equal columns': Float64Array.from({ length: dim }, () => 1),
  'columns scaled 1 to 10⁴': Float64Array.from(
    { length: dim },
    (_, i) => 10 ** ((4 * i) / (dim - 1)),
  ),
}

function contexts(scale: Float64Array): (into: Float64Array) => void {
  const random = seededRandom('drift')
  return (into) => {
    for (let i = 0; i < dim; i += 1) into[i] = scale[i]! * (random.next() * 2 - 1)
  }
}

describe.each(Object.entries(scales))('after 1 000 000 updates with %s', (_, scale) => {
  it('bounds differ from a fresh factorisation by less than 10⁻⁶, and so did every anchor', () => {
    const facts = recordedFacts<LinUCBFact>()
    const options = { arms: ['R1'], dim, alpha: 1, biasIndex: null, observe: facts.observe }
    const model = createLinUCB(options)
    const next = contexts(scale)
    const context = new Float64Array(dim)
    // The last update before an anchor is the one with the most rounding behind it.
    for (let i = 0; i < updates - 1; i += 1) {
      next(context)
      model.learn('R1', context, context[0]!)
    }
    const fresh = restoreLinUCB(model.snapshot(), options)
    for (let i = 0; i < 100; i += 1) {
      next(context)
      const running = model.decide(context).bounds['R1']! ** 2
      const expected = fresh.decide(context).bounds['R1']! ** 2
      expect(Math.abs(running - expected) / expected).toBeLessThan(1e-6)
    }
    const drifts = facts.ofKind('linucb.anchored').map(({ drift }) => drift ?? Infinity)
    expect(drifts).toHaveLength(999)
    expect(Math.max(...drifts)).toBeLessThan(1e-6)
  })

  it.each([
    ['plain', plainKernel(dim, 1)],
    ['wasm', wasmKernel(dim, 1)!],
  ])('the %s kernel alone, never anchored, still differs by less than 10⁻⁶', (_, kernel) => {
    const start = { a: new Float64Array(packedLength(dim)), b: new Float64Array(dim) }
    for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) start.a[at] = 1
    kernel.write(0, solve(start)!)
    const sums = emptySums(dim)
    const next = contexts(scale)
    for (let i = 0; i < updates; i += 1) {
      next(kernel.context)
      kernel.absorb(0, 1)
      addObservation(sums, kernel.context, 1)
    }
    const fresh = plainKernel(dim, 1)
    fresh.write(0, solve({ a: sums.a.map((value, i) => value + start.a[i]!), b: sums.b })!)
    for (let i = 0; i < 100; i += 1) {
      next(kernel.context)
      fresh.context.set(kernel.context)
      kernel.score()
      fresh.score()
      expect(Math.abs(kernel.spreads[0]! / fresh.spreads[0]! - 1)).toBeLessThan(1e-6)
    }
  })
})
