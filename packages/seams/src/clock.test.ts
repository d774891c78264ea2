import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'

/** Resolves when every timer of 0 ms set so far has had its turn. */
const turn = (): Promise<void> => systemClock.sleep(0)

describe('the system clock', () => {
  it('never goes back', () => {
    let lastMs = systemClock.monotonicMs()
    for (let i = 0; i < 10_000; i += 1) {
      const nowMs = systemClock.monotonicMs()
      expect(nowMs).toBeGreaterThanOrEqual(lastMs)
      lastMs = nowMs
    }
  })

  it('tells the time of day in whole milliseconds of this century', () => {
    const wallMs = systemClock.wallMs()
    expect(Number.isInteger(wallMs)).toBe(true)
    expect(wallMs).toBeGreaterThan(Date.UTC(2026, 0, 1))
  })

  it('runs a timer once, later than the code that set it', async () => {
    let runs = 0
    systemClock.after(0, () => (runs += 1))
    expect(runs).toBe(0)
    await turn()
    await turn()
    expect(runs).toBe(1)
  })

  it('does not run a cancelled timer, however often and in whatever way it was cancelled', async () => {
    let runs = 0
    const timer = systemClock.after(0, () => (runs += 1))
    timer.cancel()
    timer.cancel()
    {
      using _timer = systemClock.after(0, () => (runs += 1))
    }
    await turn()
    expect(runs).toBe(0)
  })

  it('rejects a sleep with the reason of its signal, before or during it', async () => {
    const reason = new Error('enough')
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason)
    const controller = new AbortController()
    const sleep = systemClock.sleep(60_000, controller.signal)
    controller.abort(reason)
    await expect(sleep).rejects.toBe(reason)
  })

  it('lets go of its signal once a sleep is over', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    await systemClock.sleep(0, signal)
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(
      add.mock.calls.map(([, listener]) => listener),
    )
    expect(remove).toHaveBeenCalledTimes(1)
  })

  it.each([-1, Number.NaN, Infinity])('refuses to wait %s ms', async (ms) => {
    expect(() => systemClock.after(ms, () => {})).toThrow(`ms must be finite and ≥ 0, got ${ms}`)
    await expect(systemClock.sleep(ms)).rejects.toThrow(RangeError)
  })
})

describe('a system timer longer than 2³¹ ms', () => {
  const longMs = 2 ** 31 + 1_000

  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('runs when its time has come, and not at once', () => {
    let ran = false
    systemClock.after(longMs, () => (ran = true))
    vi.advanceTimersByTime(longMs - 1)
    expect(ran).toBe(false)
    vi.advanceTimersByTime(1)
    expect(ran).toBe(true)
  })

  it('can be cancelled in its second half too', () => {
    let ran = false
    const timer = systemClock.after(longMs, () => (ran = true))
    vi.advanceTimersByTime(2 ** 31)
    timer.cancel()
    vi.advanceTimersByTime(longMs)
    expect(ran).toBe(false)
  })
})
