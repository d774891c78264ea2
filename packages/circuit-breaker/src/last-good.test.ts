import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createLastGood } from './index.ts'

describe('the last good values', () => {
  it('come with their age', async () => {
    const clock = new VirtualClock()
    const good = createLastGood<number>({ clock })
    good.remember('a', 1)
    await clock.advance(50)
    expect(good.recall('a')).toEqual({ value: 1, ageMs: 50 })
    good.remember('a', 2)
    expect(good.recall('a')).toEqual({ value: 2, ageMs: 0 })
    expect(good.recall('b')).toBeNull()
  })

  it('are not given when they are older than maxAgeMs', async () => {
    const clock = new VirtualClock()
    const good = createLastGood<undefined>({ clock, maxAgeMs: 100 })
    good.remember('a', undefined)
    await clock.advance(100)
    expect(good.recall('a')).toEqual({ value: undefined, ageMs: 100 })
    await clock.advance(1)
    expect(good.recall('a')).toBeNull()
    expect(good.size).toBe(0)
  })

  it('are as many as entries says; what was not used for longest goes first', () => {
    const good = createLastGood<string>({ entries: 2, clock: new VirtualClock() })
    for (const key of ['a', 'b']) good.remember(key, key)
    good.recall('a')
    good.remember('c', 'c')
    expect(['a', 'b', 'c'].map((key) => good.recall(key)?.value)).toEqual(['a', undefined, 'c'])
    expect(good.size).toBe(2)
  })

  it('are refused options that cannot be', () => {
    expect(() => createLastGood({ entries: 0 })).toThrow('entries must be an integer from 1')
    expect(() => createLastGood({ maxAgeMs: 0 })).toThrow('maxAgeMs must be > 0, got 0')
    expect(() => createLastGood({ maxAge: 5 } as never)).toThrow(
      'options may have maxAgeMs, entries, clock, got "maxAge"',
    )
  })
})
