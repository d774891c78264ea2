import { describe, expect, it } from 'vitest'
import { restartAfter } from './restart.ts'

const fresh = { early: 0 }

/** Pauses before the new starts of a worker that works for so long each time, in ms. */
function pauses(count: number, lastedMs: number): number[] {
  let endings = fresh
  return Array.from({ length: count }, () => {
    const { endings: next, inMs } = restartAfter(endings, lastedMs)
    endings = next
    return inMs
  })
}

describe('a worker that ended', () => {
  it('is started anew at once', () => {
    expect(restartAfter(fresh, 10).inMs).toBe(0)
  })

  it('again and again, is started after pauses that double up to 30 s, and is never given up', () => {
    expect(pauses(7, 10)).toEqual([0, 100, 200, 400, 800, 1_600, 3_200])
    expect(pauses(2_000, 10).at(-1)).toBe(30_000)
  })

  it('after a minute of work is started at once, whatever was before', () => {
    expect(pauses(3, 60_000)).toEqual([0, 0, 0])
    const { endings, inMs } = restartAfter({ early: 9 }, 60_000)
    expect(inMs).toBe(0)
    // It was well, so the next end is again the first.
    expect(restartAfter(endings, 10).inMs).toBe(0)
  })
})
