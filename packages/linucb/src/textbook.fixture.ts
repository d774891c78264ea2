import { inverse, Matrix } from 'ml-matrix'

/**
 * Algorithm 1 of Li et al. 2010 written down as it is printed, on a matrix library: A inverted at every
 * look, nothing kept but A and b. Slow, and hard to get wrong.
 */
export class Textbook {
  readonly #a: Matrix[]
  readonly #b: Matrix[]
  readonly #alpha: number

  constructor(arms: number, dim: number, alpha: number, priorMean: number) {
    this.#alpha = alpha
    this.#a = Array.from({ length: arms }, () => Matrix.eye(dim, dim))
    this.#b = Array.from({ length: arms }, () => Matrix.zeros(dim, 1).set(0, 0, priorMean))
  }

  scores(context: readonly number[]): readonly number[] {
    const x = Matrix.columnVector([...context])
    return this.#a.map((a, arm) => {
      const inverted = inverse(a)
      const theta = inverted.mmul(this.#b[arm]!)
      return theta.dot(x) + this.#alpha * Math.sqrt(inverted.mmul(x).dot(x))
    })
  }

  learn(arm: number, context: readonly number[], reward: number): void {
    const x = Matrix.columnVector([...context])
    this.#a[arm]!.add(x.mmul(x.transpose()))
    this.#b[arm]!.add(Matrix.mul(x, reward))
  }
}
