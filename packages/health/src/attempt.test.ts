import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { attempt } from './attempt.ts'
import type { Check } from './check.ts'

const begin = (check: Check, clock: VirtualClock) => attempt('x', check, 100, clock)

describe('an attempt', () => {
  it.each([true, false])('leaves no timer behind, held in time (%s) or late', async (isInTime) => {
    const clock = new VirtualClock()
    const mine = begin(() => 'ok', clock)
    if (isInTime) mine.hold()
    expect(await mine.ending).toEqual({ kind: 'answered', value: 'ok' })
    await clock.advance(0)
    mine.hold()
    await mine.cancel()
    expect(mine.isPending).toBe(false)
    expect(clock.waiting).toBe(0)
  })

  it('is held by one timer, however many hold it', async () => {
    const clock = new VirtualClock()
    const mine = begin(() => new Promise(() => {}), clock)
    for (let i = 0; i < 100; i += 1) mine.hold()
    expect(clock.waiting).toBe(2)
    await clock.advance(100)
    expect(await mine.ending).toEqual({ kind: 'timed-out' })
    expect(clock.waiting).toBe(0)
    mine.hold()
    expect(clock.waiting).toBe(0)
  })

  it('that is over leaves its signal alone', async () => {
    const clock = new VirtualClock()
    let signal: AbortSignal | undefined
    const mine = begin((context) => {
      ;({ signal } = context)
    }, clock)
    await clock.advance(0)
    await mine.cancel()
    expect(signal?.aborted).toBe(false)
    expect(await mine.ending).toEqual({ kind: 'answered', value: undefined })
  })

  it('has the end that came first', async () => {
    const clock = new VirtualClock()
    const mine = begin(() => clock.sleep(50), clock)
    const cancelled = mine.cancel()
    await clock.advance(100)
    await cancelled
    expect(await mine.ending).toEqual({ kind: 'cancelled' })
  })
})
