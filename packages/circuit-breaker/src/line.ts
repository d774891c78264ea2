/** Those who wait for leave to call, in the order they came. Who goes away leaves the line. */
export class Line<T> {
  readonly #waiting = new Set<(given: T) => void>()

  get length(): number {
    return this.#waiting.size
  }

  /** @throws `signal.reason` as soon as `signal` is aborted. */
  join(signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(goOn)
        signal?.removeEventListener('abort', goAway)
      }
      const goOn = (given: T): void => {
        leave()
        resolve(given)
      }
      const goAway = (): void => {
        leave()
        reject(signal?.reason)
      }
      this.#waiting.add(goOn)
      signal?.addEventListener('abort', goAway)
    })
  }

  /** Gives the first what it waited for. */
  giveFirst(given: T): void {
    for (const goOn of this.#waiting) {
      goOn(given)
      return
    }
  }
}
