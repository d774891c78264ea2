import { seededRandom } from '@holdfast/seams'
import { inverse, Matrix } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { packedLength, type Kernel } from './kernel.ts'
import { plainKernel } from './plain-kernel.ts'
import { addObservation, addReward, emptySums } from './sums.ts'
import { wasmKernel } from './wasm-kernel.ts'

const identity = (dim: number): Float64Array => {
  const packed = new Float64Array(packedLength(dim))
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) packed[at] = 1
  return packed
}

/** What every kernel must compute, compared with full matrices inverted afresh. */
function kernelContract(name: string, createKernel: (dim: number, slots: number) => Kernel): void {
  describe(`${name} as a kernel`, () => {
    it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 22, 35])(
      'agrees with an inverse computed afresh at d = %i',
      (dim) => {
        const random = seededRandom(dim)
        const kernel = createKernel(dim, 3)
        const a = Matrix.eye(dim, dim)
        const b = Matrix.zeros(dim, 1)
        for (let slot = 0; slot < 3; slot += 1) {
          kernel.write(slot, { inverse: identity(dim), theta: new Float64Array(dim) })
        }
        for (let round = 0; round < 50; round += 1) {
          for (let i = 0; i < dim; i += 1) kernel.context[i] = random.next() * 2 - 1
          const x = Matrix.columnVector(kernel.context)
          const reward = random.next()
          kernel.absorb(1, reward)
          a.add(x.mmul(x.transpose()))
          b.add(Matrix.mul(x, reward))
          kernel.score()
          const fresh = inverse(a)
          expect(kernel.spreads[1]).toBeCloseTo(fresh.mmul(x).dot(x), 12)
          expect(kernel.means[1]).toBeCloseTo(fresh.mmul(b).dot(x), 12)
          expect(kernel.spreads[2]).toBeCloseTo(x.dot(x), 12)
          expect(kernel.means[2]).toBe(0)
        }
      },
    )

    it.each([1, 5, 8, 22])('adds up A and b of each slot, to the last bit, at d = %i', (dim) => {
      const random = seededRandom(dim)
      const kernel = createKernel(dim, 3)
      const expected = Array.from({ length: 3 }, () => emptySums(dim))
      for (let round = 0; round < 60; round += 1) {
        const slot = random.integer(3)
        const share = random.next()
        for (let i = 0; i < dim; i += 1) {
          kernel.context[i] = random.next() < share ? 0 : random.next() * 2 - 1
        }
        kernel.absorb(slot, 0.7)
        kernel.credit(slot, -0.2)
        addObservation(expected[slot]!, kernel.context, 0.7)
        addReward(expected[slot]!, kernel.context, -0.2)
      }
      expect(kernel.sums).toEqual(expected.map(({ a, b }) => ({ a, b })))
    })

    it.each([8, 22, 64])('reads a context of few entries as it reads any other, d = %i', (dim) => {
      const random = seededRandom(dim)
      const kernel = createKernel(dim, 2)
      const a = Matrix.eye(dim, dim)
      kernel.write(1, { inverse: identity(dim), theta: new Float64Array(dim) })
      for (let round = 0; round < 60; round += 1) {
        kernel.context.fill(0)
        for (let filled = round % (dim / 2); filled > 0; filled -= 1) {
          kernel.context[random.integer(dim)] = random.next() * 2 - 1
        }
        const x = Matrix.columnVector(kernel.context)
        kernel.score()
        expect(kernel.spreads[1]).toBeCloseTo(inverse(a).mmul(x).dot(x), 12)
        kernel.absorb(1, 0.5)
        a.add(x.mmul(x.transpose()))
      }
      const packed = kernel.sums[1]!.a
      for (let i = 0, at = 0; i < dim; i += 1) {
        for (let k = i; k < dim; k += 1, at += 1) {
          expect(packed[at]).toBeCloseTo(a.get(i, k) - (i === k ? 1 : 0), 12)
        }
      }
    })

    it('credits more reward for an observation without knowing more', () => {
      const kernel = createKernel(5, 2)
      const apart = createKernel(5, 2)
      const random = seededRandom('credit')
      for (const each of [kernel, apart]) {
        each.write(1, { inverse: identity(5), theta: new Float64Array(5) })
      }
      for (let round = 0; round < 20; round += 1) {
        for (let i = 0; i < 5; i += 1) kernel.context[i] = random.next() * 2 - 1
        apart.context.set(kernel.context)
        kernel.absorb(1, 0.75)
        apart.absorb(1, 0.5)
        apart.credit(1, 0.25)
      }
      const [whole, parts] = [kernel.read(1), apart.read(1)]
      expect(parts.inverse).toEqual(whole.inverse)
      for (const [i, value] of parts.theta.entries()) expect(value).toBeCloseTo(whole.theta[i]!, 13)
    })

    it('gives back a copy of what was written', () => {
      const kernel = createKernel(2, 2)
      kernel.write(1, { inverse: Float64Array.of(1, 2, 3), theta: Float64Array.of(4, 5) })
      kernel.read(1).inverse[0] = 9
      expect(kernel.read(1)).toEqual({
        inverse: Float64Array.of(1, 2, 3),
        theta: Float64Array.of(4, 5),
      })
      expect(kernel.read(0).theta).toEqual(Float64Array.of(0, 0))
    })
  })
}

kernelContract('plainKernel', plainKernel)
kernelContract('wasmKernel', (dim, slots) => wasmKernel(dim, slots)!)
