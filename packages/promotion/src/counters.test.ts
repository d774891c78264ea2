import { describe, expect, it } from 'vitest'
import { promotionCounters } from './counters.ts'
import type { PromotionOwnFact } from './facts.ts'

const KINDS: Record<PromotionOwnFact['kind'], true> = {
  'promotion.moved': true,
  'promotion.held': true,
  'promotion.rolled-back': true,
  'promotion.repaired': true,
  'promotion.journal-cut': true,
  'promotion.journal-anew': true,
  'promotion.evidence-anew': true,
  'promotion.gate': true,
  'promotion.obeyed': true,
  'promotion.not-acknowledged': true,
  'promotion.not-taken': true,
  'promotion.put-back': true,
  'promotion.slots-unknown': true,
  'promotion.unreadable': true,
  'promotion.slot-record-failed': true,
  'promotion.slot-lines-malformed': true,
  'promotion.receipt': true,
  'promotion.receipt-failed': true,
  'promotion.daily': true,
}

describe('the counters', () => {
  it('count every kind of fact of this package, each under a name of its own', () => {
    const kinds = new Set(promotionCounters.map((row) => row.kind))
    expect(kinds).toEqual(new Set(Object.keys(KINDS)))
    const names = promotionCounters.map((row) => row.name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^holdfast_promotion_\w+_total$/)
  })
})
