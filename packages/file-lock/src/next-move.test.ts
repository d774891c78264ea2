import { describe, expect, it } from 'vitest'
import { freeToken, heldToken, type HeldToken } from './entry-name.ts'
import { claimed, firstToken, freed, openingOf } from './next-move.ts'
import { owner } from './owner.fixture.ts'
import type { Liveness } from './owner.ts'

const NOW_MS = Date.UTC(2026, 5, 1)
const me = owner({ pid: 5, boot: 'this' })

const asked = (): never => {
  throw new Error('nobody was to be asked')
}

describe('a lock can be had', () => {
  const held = heldToken(7, owner())
  const opening = (
    takeover: 'dead' | 'lease',
    liveness: Liveness,
    isLeaseOver: boolean,
  ): string | null =>
    openingOf(
      held,
      takeover,
      () => liveness,
      () => isLeaseOver,
    )

  it('when it is free, and nothing is asked then', () => {
    expect(openingOf(freeToken(7, 'b'), 'dead', asked, asked)).toBe('free')
  })

  it.each([
    ['dead', 'dead', false, 'dead'],
    ['dead', 'alive', false, null],
    ['dead', 'alive', true, null],
    ['dead', 'unknown', false, null],
    ['dead', 'unknown', true, 'lease'],
    ['lease', 'dead', false, 'dead'],
    ['lease', 'alive', false, null],
    ['lease', 'alive', true, 'lease'],
    ['lease', 'unknown', false, null],
    ['lease', 'unknown', true, 'lease'],
  ] as const)(
    'with takeover %s, from an owner that is %s, lease over %s: %s',
    (takeover, liveness, isOver, expected) => {
      expect(opening(takeover, liveness, isOver)).toBe(expected)
    },
  )

  it('looks at the lease only when that decides, and then of this very token', () => {
    const looked: HeldToken[] = []
    const isLeaseOver = (token: HeldToken): boolean => looked.push(token) > 0
    openingOf(held, 'dead', () => 'alive', isLeaseOver)
    openingOf(held, 'lease', () => 'dead', isLeaseOver)
    expect(looked).toEqual([])
    openingOf(held, 'dead', () => 'unknown', isLeaseOver)
    expect(looked).toEqual([held])
  })
})

describe('the fence', () => {
  it('grows by one with every holder of one boot, whatever the clock says', () => {
    expect(claimed(freeToken(7, 'this'), me, NOW_MS)).toEqual(heldToken(8, me))
    const dead = heldToken(41, owner({ boot: 'this' }))
    expect(claimed(dead, me, 0)).toEqual(heldToken(42, me))
  })

  it('stays when a lock is given back or cleared, and with it the boot it was given in', () => {
    const held = heldToken(8, owner({ boot: 'that' }))
    expect(freed(held)).toEqual(freeToken(8, 'that'))
  })

  it('begins at the time in µs', () => {
    expect(firstToken('this', NOW_MS)).toEqual(freeToken(NOW_MS * 1000, 'this'))
  })

  it('jumps to the time in µs after the machine was started anew', () => {
    expect(claimed(freeToken(7, 'earlier'), me, NOW_MS).fence).toBe(NOW_MS * 1000)
    expect(claimed(heldToken(7, owner({ boot: 'earlier' })), me, NOW_MS).fence).toBe(NOW_MS * 1000)
  })

  it('never goes back after that, even where the wall clock did', () => {
    const last = NOW_MS * 1000
    for (const wallMs of [0, -1, NOW_MS - 3_600_000, NOW_MS]) {
      expect(claimed(freeToken(last, 'earlier'), me, wallMs).fence).toBe(last + 1)
    }
  })

  it('ends with an error below 2⁵³, and never repeats a number', () => {
    const last = Number.MAX_SAFE_INTEGER
    expect(claimed(freeToken(last - 1, 'this'), me, NOW_MS).fence).toBe(last)
    expect(() => claimed(freeToken(last, 'this'), me, NOW_MS)).toThrow(RangeError)
    expect(() => claimed(freeToken(last, 'this'), me, NOW_MS)).toThrow(String(last))
  })
})
