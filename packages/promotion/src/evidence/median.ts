/** The median of numbers that come one by one, exact. It keeps them all, at 8 bytes each: less cannot give the exact one. */
export class Median {
  #values = new Float64Array(256)
  #count = 0

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count] = value
    this.#count += 1
  }

  /** The middle one; of an even number the mean of the two in the middle; null without any. */
  median(): number | null {
    if (this.#count === 0) return null
    const sorted = this.#values.subarray(0, this.#count).toSorted()
    const half = Math.floor(this.#count / 2)
    const upper = sorted[half] ?? 0
    return this.#count % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
  }
}
