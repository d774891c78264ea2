import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

describe('a virtual clock', () => {
  it('stands still until it is moved, and then runs timers in order of their moment', async () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    clock.after(20, () => ran.push('late'))
    clock.after(10, () => ran.push('early'))
    clock.after(10, () => ran.push('early too'))
    expect(ran).toEqual([])
    await clock.advance(10)
    expect(ran).toEqual(['early', 'early too'])
    await clock.advance(10)
    expect(ran).toEqual(['early', 'early too', 'late'])
    expect(clock.waiting).toBe(0)
  })

  it('runs timers set by timers, at their own moment', async () => {
    const clock = new VirtualClock()
    const moments: number[] = []
    const tick = (): void => {
      moments.push(clock.monotonicMs())
      if (moments.length < 3) clock.after(5, tick)
    }
    clock.after(5, tick)
    await clock.advance(100)
    expect(moments).toEqual([5, 10, 15])
    expect(clock.monotonicMs()).toBe(100)
  })

  it('lets an awaiting loop see each step of time', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const loop = async (): Promise<void> => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(10)
        seen.push(clock.monotonicMs())
      }
    }
    const done = loop()
    await clock.advance(30)
    await done
    expect(seen).toEqual([10, 20, 30])
  })

  it('rejects a sleep with the reason of its signal, and forgets the timer', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const sleep = clock.sleep(1_000, controller.signal)
    controller.abort(new Error('enough'))
    await expect(sleep).rejects.toThrow('enough')
    expect(clock.waiting).toBe(0)
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('enough')
  })

  it('does not run a cancelled timer', async () => {
    const clock = new VirtualClock()
    let ran = false
    {
      using _timer = clock.after(5, () => (ran = true))
    }
    await clock.advance(10)
    expect(ran).toBe(false)
  })

  it('jumps its wall clock without disturbing timers', async () => {
    const clock = new VirtualClock(1_000)
    let ran = false
    clock.after(10, () => (ran = true))
    clock.setWallMs(500)
    expect(clock.wallMs()).toBe(500)
    expect(ran).toBe(false)
    await clock.advance(10)
    expect(clock.wallMs()).toBe(510)
    expect(ran).toBe(true)
  })

  it('refuses a length of time that is none', async () => {
    const clock = new VirtualClock()
    expect(() => clock.after(-1, () => {})).toThrow(/ms must be finite and ≥ 0, got -1/)
    await expect(clock.sleep(Number.NaN)).rejects.toThrow(RangeError)
    await expect(clock.advance(Infinity)).rejects.toThrow(RangeError)
  })
})
