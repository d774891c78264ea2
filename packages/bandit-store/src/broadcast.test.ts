import { describe, expect, it } from 'vitest'
import type { Change, Learnt } from './bandit-store.ts'
import { broadcast } from './broadcast.ts'

/** `count` lessons, numbered from `from`. */
const lessons = (count: number, from = 1): Change => ({
  kind: 'lessons',
  lessons: Array.from({ length: count }, (_lesson, i) => learnt(from + i)),
})

const learnt = (number: number): Learnt => ({
  number,
  arm: 'R1',
  context: Float64Array.from([1]),
  reward: 0,
  isFirst: true,
  epoch: 0,
})

const numbersIn = (change: Change | undefined): readonly number[] | 'reset' | undefined =>
  change?.kind === 'lessons' ? change.lessons.map(({ number }) => number) : change?.kind

async function next(
  changes: AsyncIterable<Change>,
): Promise<readonly number[] | string | undefined> {
  const { value, done } = await changes[Symbol.asyncIterator]().next()
  return done === true ? 'over' : numbersIn(value)
}

describe('a broadcast', () => {
  it('keeps what comes before the watcher asks, as one change', async () => {
    const news = broadcast()
    const changes = news.watch(undefined)
    news.tell(lessons(2))
    news.tell(lessons(1, 3))
    expect(await next(changes)).toEqual([1, 2, 3])
  })

  it('wakes a watcher that waits', async () => {
    const news = broadcast()
    const heard = next(news.watch(undefined))
    news.tell(lessons(1))
    expect(await heard).toEqual([1])
  })

  it('tells each watcher, at its own pace', async () => {
    const news = broadcast()
    const [quick, slow] = [news.watch(undefined), news.watch(undefined)]
    news.tell(lessons(1))
    expect(await next(quick)).toEqual([1])
    news.tell(lessons(1, 2))
    expect(await next(quick)).toEqual([2])
    expect(await next(slow)).toEqual([1, 2])
  })

  it('tells nothing from before', async () => {
    const news = broadcast()
    news.tell(lessons(1))
    const heard = next(news.watch(undefined))
    news.tell(lessons(1, 2))
    expect(await heard).toEqual([2])
  })

  it('tells a reset in the place of all lessons before it, and lessons from then on', async () => {
    const news = broadcast()
    const changes = news.watch(undefined)
    news.tell(lessons(3))
    news.tell({ kind: 'reset' })
    news.tell(lessons(1, 4))
    expect(await next(changes)).toBe('reset')
    news.tell(lessons(1, 5))
    expect(await next(changes)).toEqual([5])
  })

  it('tells a reset to a watcher that is more than 10 000 lessons behind', async () => {
    const news = broadcast()
    const [slow, behind] = [news.watch(undefined), news.watch(undefined)]
    news.tell(lessons(10_000))
    expect(await next(slow)).toHaveLength(10_000)
    news.tell(lessons(1, 10_001))
    expect(await next(slow)).toEqual([10_001])
    expect(await next(behind)).toBe('reset')
  })

  it('tells what is left, and then ends', async () => {
    const news = broadcast()
    const changes = news.watch(undefined)
    news.tell(lessons(1))
    news.end()
    expect(await next(changes)).toEqual([1])
    expect(await next(changes)).toBe('over')
  })

  it('ends for a watcher that waits', async () => {
    const news = broadcast()
    const heard = next(news.watch(undefined))
    news.end()
    expect(await heard).toBe('over')
  })

  it('leaves nothing on the signal of a watcher that went', async () => {
    const news = broadcast()
    const signal = new AbortController().signal
    const listeners: unknown[] = []
    signal.addEventListener = (_type: string, listener: unknown) => void listeners.push(listener)
    signal.removeEventListener = (_type: string, listener: unknown) =>
      void listeners.splice(listeners.indexOf(listener), 1)
    const changes = news.watch(signal)
    news.tell(lessons(1))
    for await (const change of changes) {
      expect(numbersIn(change)).toEqual([1])
      expect(listeners).toHaveLength(1)
      break
    }
    expect(listeners).toEqual([])
  })
})
