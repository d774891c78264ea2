import { describe, expect, it } from 'vitest'
import {
  aheadOf,
  COURTESY_MS,
  mayGo,
  nextPace,
  noCourtesyYet,
  pauseMs,
  takeIn,
  type Pace,
} from './courtesy.ts'
import { ticketOf, type Ticket } from './entry-name.ts'
import { owner } from './owner.fixture.ts'

const first = ticketOf(1, owner({ pid: 1 }))
const second = ticketOf(2, owner({ pid: 2 }))

/** One who looks at the tickets at chosen times, and asks whether the token may be taken. */
function contender({ fairnessMs = 25, mine = null as Ticket | null } = {}) {
  const courtesy = noCourtesyYet()
  const look = (tickets: readonly Ticket[], nowMs: number, offered = 'f1.7.b'): boolean => {
    takeIn(courtesy, tickets, nowMs)
    return mayGo(courtesy, aheadOf(courtesy, tickets, mine), offered, fairnessMs, nowMs)
  }
  return { courtesy, look }
}

describe('a newcomer', () => {
  it('goes at once where nobody waits', () => {
    expect(contender().look([], 0)).toBe(true)
  })

  it('goes before one who waits, until it saw that one wait for fairnessMs', () => {
    const { look } = contender({ fairnessMs: 25 })
    expect(look([first], 1_000)).toBe(true)
    expect(look([first], 1_024.9)).toBe(true)
    expect(look([first], 1_025)).toBe(false)
  })

  it('counts from when it saw the ticket itself, and for each ticket alone', () => {
    const { look } = contender({ fairnessMs: 25 })
    look([first], 0)
    look([second], 20)
    expect(look([second], 44)).toBe(true)
    expect(look([second], 45)).toBe(false)
  })

  it('counts anew for a ticket that was gone in between', () => {
    const { look } = contender({ fairnessMs: 25 })
    look([first], 0)
    look([], 10)
    expect(look([first], 30)).toBe(true)
    expect(look([first], 54)).toBe(true)
    expect(look([first], 55)).toBe(false)
  })

  it('never goes first with fairnessMs 0, and always with Infinity', () => {
    expect(contender({ fairnessMs: 0 }).look([first], 0)).toBe(false)
    const { look } = contender({ fairnessMs: Infinity })
    look([first], 0)
    expect(look([first], 1e9)).toBe(true)
  })
})

describe('one who waits', () => {
  it('lets those before it go first, and not those behind it', () => {
    const strict = { fairnessMs: 0 }
    expect(contender({ ...strict, mine: second }).look([first, second], 0)).toBe(false)
    expect(contender({ ...strict, mine: first }).look([first, second], 0)).toBe(true)
  })

  it('counts as a newcomer once its ticket is gone', () => {
    const ticketless = contender({ fairnessMs: 0, mine: first })
    expect(ticketless.look([second], 0)).toBe(false)
  })
})

describe('courtesy', () => {
  it(`ends after a free token was left for ${COURTESY_MS} ms`, () => {
    const { look } = contender({ fairnessMs: 0 })
    expect(look([first], 0)).toBe(false)
    expect(look([first], COURTESY_MS - 1)).toBe(false)
    expect(look([first], COURTESY_MS)).toBe(true)
  })

  it('begins anew with each token', () => {
    const { look } = contender({ fairnessMs: 0 })
    look([first], 0, 'f1.7.b')
    expect(look([first], COURTESY_MS, 'f1.8.b')).toBe(false)
    expect(look([first], 2 * COURTESY_MS - 1, 'f1.8.b')).toBe(false)
    expect(look([first], 2 * COURTESY_MS, 'f1.8.b')).toBe(true)
  })

  it('is not shown again to one who did not use it, until its ticket goes', () => {
    const { look } = contender({ fairnessMs: 0 })
    look([first], 0, 'f1.7.b')
    look([first], COURTESY_MS, 'f1.7.b')
    expect(look([first], 100, 'f1.8.b')).toBe(true)
    look([], 110, 'f1.9.b')
    expect(look([first], 120, 'f1.9.b')).toBe(false)
  })

  it('is shown to one who came later, while another is passed over', () => {
    const { look } = contender({ fairnessMs: 0 })
    look([first], 0)
    expect(look([first], COURTESY_MS)).toBe(true)
    expect(look([first, second], COURTESY_MS, 'f1.8.b')).toBe(false)
  })

  it('forgets tickets that are gone, so that it does not grow', () => {
    const { courtesy, look } = contender({ fairnessMs: 0 })
    for (let n = 1; n <= 1_000; n += 1) look([ticketOf(n, owner({ pid: n }))], n * 100)
    expect(courtesy.firstSeenMs.size).toBe(1)
    expect(courtesy.passedOver.size).toBeLessThanOrEqual(1)
  })
})

/** The pauses after looks that found `tokens`, with chance in the middle. */
const pauses = (tokens: readonly string[], ahead = 0): number[] => {
  let pace: Pace | null = null
  return tokens.map((token) => {
    pace = nextPace(pace, token)
    return pauseMs(pace, ahead, 0.5)
  })
}

describe('the pace of looking', () => {
  it('is 1 ms at first, grows each time nothing moved, never to the double, and ends at 25 ms', () => {
    const ms = pauses(Array.from({ length: 50 }, () => 'h'))
    expect([ms[0], ms.at(-2), ms.at(-1)]).toEqual([1, 25, 25])
    const growth = ms.slice(1).map((next, n) => next / (ms[n] ?? 0))
    expect(growth.every((factor) => factor >= 1 && factor < 2)).toBe(true)
  })

  it('is quick again as soon as the token moved', () => {
    expect(pauses(['a', 'a', 'a', 'b']).at(-1)).toBe(1)
  })

  it('is slower for those behind, but never slower than 25 ms', () => {
    expect([0, 1, 2, 5, 100].map((ahead) => pauses(['a'], ahead)[0])).toEqual([1, 4, 6, 12, 25])
  })

  it('is spread by chance from half of that to one and a half', () => {
    const pace = { token: 'a', stepMs: 10 }
    expect(pauseMs(pace, 0, 0)).toBe(5)
    expect(pauseMs(pace, 0, 0.999)).toBeCloseTo(15, 1)
  })
})
