/** Runs one piece of work after the other, in the order they were given; each has its own result. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    // Whoever gave the work hears of its failure; the next in line has nothing to do with it.
    last = next.catch(() => {})
    return next
  }
}
