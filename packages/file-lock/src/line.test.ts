import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { enter, enterAtOnce, leave, ownerIn, setOwner } from './line.ts'
import { owner } from './owner.fixture.ts'

/** A line for one lock, with someone at its front. */
function line(key: string) {
  const clock = new VirtualClock()
  const order: string[] = []
  const wait = async (name: string, waitMs = 1_000, signal?: AbortSignal): Promise<void> => {
    const isFirst = await enter(key, waitMs, clock, signal)
    order.push(isFirst ? name : `${name} gave up`)
  }
  expect(enterAtOnce(key)).toBe(true)
  return { clock, order, wait, leave: () => leave(key) }
}

describe('the line for one lock', () => {
  it('lets in one at a time, in the order they came', async () => {
    const { clock, order, wait, leave } = line('/fifo')
    for (const name of ['b', 'c', 'd']) void wait(name)
    await clock.advance(0)
    expect(order).toEqual([])
    for (const so of [['b'], ['b', 'c'], ['b', 'c', 'd']]) {
      leave()
      await clock.advance(0)
      expect(order).toEqual(so)
    }
    leave()
    expect(enterAtOnce('/fifo')).toBe(true)
    leave()
  })

  it('is not overtaken at the very moment of the change', async () => {
    const { clock, order, wait, leave } = line('/change')
    void wait('b')
    leave()
    expect(enterAtOnce('/change')).toBe(false)
    void wait('c')
    await clock.advance(0)
    expect(order).toEqual(['b'])
    leave()
    await clock.advance(0)
    expect(order).toEqual(['b', 'c'])
    leave()
  })

  it('is left by one whose time is over, and moves on without it', async () => {
    const { clock, order, wait, leave } = line('/time')
    void wait('b', 50)
    void wait('c', 80)
    await clock.advance(49)
    expect(order).toEqual([])
    await clock.advance(1)
    expect(order).toEqual(['b gave up'])
    leave()
    await clock.advance(0)
    expect(order).toEqual(['b gave up', 'c'])
    leave()
  })

  it('is left by one who is called off, with the reason', async () => {
    const { clock, order, wait, leave } = line('/abort')
    const controller = new AbortController()
    const b = wait('b', 50, controller.signal)
    void wait('c')
    controller.abort(new Error('not needed any more'))
    await expect(b).rejects.toThrow('not needed any more')
    leave()
    await clock.advance(100)
    expect(order).toEqual(['c'])
    leave()
  })

  it('leaves no timer behind, however the wait ends', async () => {
    const { clock, wait, leave } = line('/timers')
    const controller = new AbortController()
    void wait('b', 50, controller.signal)
    const c = wait('c', 50, controller.signal)
    void wait('d', 10)
    expect(clock.waiting).toBe(3)
    leave()
    await clock.advance(0)
    expect(clock.waiting).toBe(2)
    controller.abort(new Error('enough'))
    await expect(c).rejects.toThrow('enough')
    expect(clock.waiting).toBe(1)
    await clock.advance(10)
    expect(clock.waiting).toBe(0)
    leave()
  })

  it('knows who has the lock, and forgets it with each change', async () => {
    const { clock, wait, leave } = line('/owner')
    expect(ownerIn('/owner')).toBeNull()
    setOwner('/owner', owner())
    expect(ownerIn('/owner')).toEqual(owner())
    void wait('b')
    leave()
    expect(ownerIn('/owner')).toBeNull()
    await clock.advance(0)
    leave()
    setOwner('/owner', owner())
    expect(ownerIn('/owner')).toBeNull()
  })
})
