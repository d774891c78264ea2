import type { Clock, Timer } from '@holdfast/seams'

/** Does something again and again, with a pause in between, until stopped. Keeps no process alive. */
export function repeated(
  pauseMs: number,
  work: () => Promise<void>,
  clock: Clock,
): { stop(): Promise<void> } {
  let timer: Timer
  let isStopped = false
  let running: Promise<void> = Promise.resolve()
  const wait = (): void => {
    timer = clock.after(
      pauseMs,
      () => {
        running = work().finally(() => {
          if (!isStopped) wait()
        })
      },
      { keepsAlive: false },
    )
  }
  wait()
  return {
    async stop() {
      isStopped = true
      timer.cancel()
      await running
    },
  }
}

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

/**
 * One piece of work for all who ask before it has begun; who asks later has the next.
 * @param queue hands the work to whoever runs it in its turn.
 */
export function shared(
  queue: (work: () => Promise<void>) => Promise<void>,
  work: () => Promise<void>,
): () => Promise<void> {
  let next: Promise<void> | null = null
  return () =>
    (next ??= queue(() => {
      next = null
      return work()
    }))
}
