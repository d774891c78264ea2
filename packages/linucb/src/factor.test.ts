import { seededRandom } from '@holdfast/seams'
import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { factorise, invertFactor, solveFactor } from './factor.ts'
import { addObservation, emptySums } from './sums.ts'

/** A ridge and 3·d observations, whose columns grow from 1 to `largest`; the last two are nearly equal. */
function equations(dim: number, ridge: number, largest: number) {
  const random = seededRandom(`${dim} ${ridge} ${largest}`)
  const sums = emptySums(dim)
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) sums.a[at]! += ridge
  for (let round = 0; round < 3 * dim; round += 1) {
    const x = Float64Array.from(
      { length: dim },
      (_, i) => largest ** (i / dim) * (random.next() - 0.5),
    )
    if (dim > 2) x[dim - 1] = x[dim - 2]! * (1 + 1e-4 * random.next())
    addObservation(sums, x, random.next())
  }
  return sums
}

function unpacked(a: Float64Array, dim: number): Matrix {
  const matrix = new Matrix(dim, dim)
  for (let i = 0, at = 0; i < dim; i += 1) {
    for (let k = i; k < dim; k += 1, at += 1) matrix.set(i, k, a[at]!).set(k, i, a[at]!)
  }
  return matrix
}

/** The largest entry of |M − I|. */
const distanceFromIdentity = (matrix: Matrix): number =>
  Matrix.sub(matrix, Matrix.eye(matrix.rows)).abs().max()

describe('a packed factorisation', () => {
  it.each([
    [1, 1, 1],
    [2, 1, 1],
    [5, 1, 1],
    [22, 1, 1],
    [65, 1, 1],
    [22, 1e-3, 1e4],
    [22, 1e-6, 1],
  ])('is as exact as that of a matrix library: d = %i, ridge %d, columns to %d', (...size) => {
    const [dim] = size
    const { a, b } = equations(...size)
    const factor = a.slice()
    expect(factorise(factor, dim)).toBe(true)
    const theta = solveFactor(factor, b)
    invertFactor(factor, dim)

    const full = unpacked(a, dim)
    const library = new CholeskyDecomposition(full)
    const expected = library.solve(Matrix.eye(dim))
    const exact = distanceFromIdentity(full.mmul(expected))
    expect(distanceFromIdentity(full.mmul(unpacked(factor, dim)))).toBeLessThan(10 * exact + 1e-13)

    const right = Matrix.columnVector(b)
    const rest = (x: Matrix): number => Matrix.sub(full.mmul(x), right).abs().max()
    const scale = right.clone().abs().max()
    expect(rest(Matrix.columnVector(theta))).toBeLessThan(
      10 * rest(library.solve(right)) + 1e-13 * scale,
    )
  })

  it('says so when a matrix is not positive definite', () => {
    expect(factorise(Float64Array.of(1, 2, 1), 2)).toBe(false)
    expect(factorise(Float64Array.of(0), 1)).toBe(false)
    expect(factorise(Float64Array.of(Infinity), 1)).toBe(false)
    expect(factorise(Float64Array.of(1, Number.NaN, 1), 2)).toBe(false)
  })
})
