import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createFaultPlayer, type FaultNews } from './fault-player.ts'
import type { Fault } from './flaky.ts'

const plan: Fault[] = [
  { route: 0, kind: 'error', from: 1, until: 4 },
  { route: 2, kind: 'hang', from: 2, until: 3 },
]

function player() {
  const clock = new VirtualClock()
  const news: FaultNews[] = []
  const one = createFaultPlayer(plan, clock, (told) => void news.push(told))
  const send = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await clock.advance(10)
      one.sent()
    }
  }
  return { one, clock, news, send }
}

describe('a plan of faults', () => {
  it('takes effect with the request that it names, for its route only', async () => {
    const { one, send } = player()
    await send(1)
    expect(one.isWell).toBe(true)
    expect(one.meet(0)).toBeNull()
    await send(1)
    expect(one.isWell).toBe(false)
    expect(one.meet(0)?.kind).toBe('error')
    expect(one.meet(2)).toBeNull()
    await send(1)
    expect(one.meet(2)?.kind).toBe('hang')
  })

  it('ends with the request that it names, and says when each of it happened', async () => {
    const { news, send } = player()
    await send(6)
    expect(news).toEqual([
      { fault: 0, change: 'began', atMs: 20 },
      { fault: 1, change: 'began', atMs: 30 },
      { fault: 1, change: 'recovered', atMs: 40 },
      { fault: 0, change: 'recovered', atMs: 50 },
    ])
  })

  it('is not over for an upstream that still treats a call badly', async () => {
    const { one, clock, news, send } = player()
    await send(2)
    const [trouble, other] = [one.meet(0), one.meet(0)]
    await send(3)
    expect(one.meet(0)).toBeNull()
    await clock.advance(100)
    trouble?.left()
    trouble?.left()
    expect(one.isWell).toBe(false)
    other?.left()
    expect(one.isWell).toBe(true)
    expect(news.at(-1)).toEqual({ fault: 0, change: 'recovered', atMs: 150 })
    expect(news.filter(({ change }) => change === 'recovered')).toHaveLength(2)
  })

  it('lets those go that wait for its end', async () => {
    const { one, send } = player()
    await send(3)
    const waiting = one.meet(2)
    await send(1)
    await expect(waiting?.over).resolves.toBeUndefined()
  })

  it('can be ended early', async () => {
    const { one, news, send } = player()
    await send(3)
    one.finish()
    expect(one.isWell).toBe(true)
    expect(news.filter(({ change }) => change === 'recovered')).toHaveLength(2)
  })
})
