import { seededRandom, systemClock, type Random } from '@holdfast/seams'

export const ARMS: readonly string[] = ['r1', 'r2', 'r3', 'r4']
/** An arm of its own, whose lessons are told from all others. */
export const HERALD = 'herald'

export interface BenchLesson {
  readonly id: string
  readonly lesson: { readonly arm: string; readonly context: Float64Array; readonly reward: number }
}

/** Makes lessons with ids of this moment, quickly: contexts repeat, ids do not. */
export function lessonsOf(dim: number, seed: string): () => BenchLesson {
  const random = seededRandom(seed)
  const lessons = Array.from({ length: 512 }, (_, i) => ({
    arm: ARMS[i % ARMS.length]!,
    context: contextOf(dim, random),
    reward: random.next(),
  }))
  const tail = random.hex(15)
  let count = 0
  return () => {
    count += 1
    const time = systemClock.wallMs().toString(16).padStart(12, '0')
    const number = count.toString(16).padStart(8, '0')
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${number.slice(0, 3)}-9${tail.slice(0, 3)}-${number.slice(3)}${tail.slice(3, 10)}`
    return { id, lesson: lessons[count % lessons.length]! }
  }
}

export const contextOf = (dim: number, random: Random): Float64Array =>
  Float64Array.from({ length: dim }, (_, i) => (i === 0 ? 1 : random.next() * 2 - 1))

/** Runs the same work in so many lanes until `stop` is called, which resolves when all have ended. */
export function inLanes(count: number, work: () => Promise<unknown>): () => Promise<void> {
  const over = new AbortController()
  const lane = async (): Promise<void> => {
    while (!over.signal.aborted) await work()
  }
  const lanes = Promise.all(Array.from({ length: count }, lane))
  return async () => {
    over.abort()
    await lanes
  }
}

/** How long the event loop does not come round while something is going on, at most, in ms. */
export async function longestStall<T>(work: () => Promise<T>): Promise<[T, number]> {
  let longestMs = 0
  const stop = inLanes(1, async () => {
    const startMs = systemClock.monotonicMs()
    await systemClock.sleep(0)
    longestMs = Math.max(longestMs, systemClock.monotonicMs() - startMs)
  })
  const result = await work()
  await stop()
  return [result, longestMs]
}
