import { inverse, Matrix } from 'ml-matrix'

/** What the two versions below and the package have in common: choose an arm, then learn its reward. */
export interface Contender {
  choose(context: Float64Array): number
  learn(arm: number, context: Float64Array, reward: number): void
}

/**
 * The same algorithm written with a matrix library: A⁻¹ by Sherman–Morrison, θ by one step of recursive
 * least squares, A and b kept beside them. It checks nothing, knows no mask and no caps, and returns
 * only the arm.
 */
export class ShermanMorrison implements Contender {
  readonly #alpha: number
  readonly #a: Matrix[]
  readonly #b: Matrix[]
  readonly #inverse: Matrix[]
  readonly #theta: Matrix[]

  constructor(arms: number, dim: number, alpha: number) {
    this.#alpha = alpha
    this.#a = Array.from({ length: arms }, () => Matrix.eye(dim, dim))
    this.#b = Array.from({ length: arms }, () => Matrix.zeros(dim, 1).set(0, 0, 1))
    this.#inverse = this.#a.map((a) => a.clone())
    this.#theta = this.#b.map((b) => b.clone())
  }

  choose(context: Float64Array): number {
    const x = Matrix.columnVector(context)
    let chosen = 0
    let best = -Infinity
    for (const [arm, inverted] of this.#inverse.entries()) {
      const bound = this.#alpha * Math.sqrt(inverted.mmul(x).dot(x))
      const score = (this.#theta[arm]?.dot(x) ?? 0) + bound
      if (score > best) {
        best = score
        chosen = arm
      }
    }
    return chosen
  }

  learn(arm: number, context: Float64Array, reward: number): void {
    const x = Matrix.columnVector(context)
    const inverted = this.#inverse[arm]
    const theta = this.#theta[arm]
    if (inverted === undefined || theta === undefined) return
    const direction = inverted.mmul(x)
    const gain = 1 / (1 + direction.dot(x))
    const step = gain * (reward - theta.dot(x))
    inverted.sub(direction.mmul(direction.transpose()).mul(gain))
    theta.add(direction.mul(step))
    this.#a[arm]?.add(x.mmul(x.transpose()))
    this.#b[arm]?.add(x.mul(reward))
  }
}

/** As the first system did it: A inverted for every arm at every choice. */
export class InverseEachTime implements Contender {
  readonly #alpha: number
  readonly #a: Matrix[]
  readonly #b: Matrix[]

  constructor(arms: number, dim: number, alpha: number) {
    this.#alpha = alpha
    this.#a = Array.from({ length: arms }, () => Matrix.eye(dim, dim))
    this.#b = Array.from({ length: arms }, () => Matrix.zeros(dim, 1).set(0, 0, 1))
  }

  choose(context: Float64Array): number {
    const x = Matrix.columnVector(context)
    let chosen = 0
    let best = -Infinity
    for (const [arm, a] of this.#a.entries()) {
      const inverted = inverse(a)
      const theta = inverted.mmul(this.#b[arm] ?? x)
      const score = theta.dot(x) + this.#alpha * Math.sqrt(inverted.mmul(x).dot(x))
      if (score > best) {
        best = score
        chosen = arm
      }
    }
    return chosen
  }

  learn(arm: number, context: Float64Array, reward: number): void {
    const x = Matrix.columnVector(context)
    this.#a[arm]?.add(x.mmul(x.transpose()))
    this.#b[arm]?.add(x.mul(reward))
  }
}
