import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joined, LINE, PARTS, WINDOW_OF_ROWS } from './ledger-rows.fixture.ts'
import { EVIDENCE_FIELDS, evidenceOf, type LedgerDecision } from './ledger-rows.ts'
import { rejectionOf } from './row.ts'
import { createTally } from './tally.ts'

/** Anything that a line of JSON can say, and names that every object has. */
const garbage = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('R1', 'constructor', '__proto__', NaN, -1, 0, 1, 2, Infinity, undefined, [], {}),
  fc.dictionary(fc.constantFrom('R1', 'R4', 'toString', 'route', 'argmax'), fc.jsonValue()),
)
/** What no field may be. */
const strange = fc.constantFrom<unknown>([[]], [{}], () => {})

const ENDS: readonly unknown[] = [null, 'malformed', 'undated', 'outside', 'no evidence']
/** What becomes of a row: counted (null), refused, or no evidence. */
function verdict(row: LedgerDecision): string | null {
  const evidence = evidenceOf(row)
  if (evidence === null) return 'no evidence'
  const tally = createTally(WINDOW_OF_ROWS)
  tally.add(evidence)
  const { report } = tally.finish()
  JSON.stringify(report)
  const rejection = rejectionOf(evidence, WINDOW_OF_ROWS)
  expect(report.decisions).toBe(rejection === null ? 1 : 0)
  return rejection
}

describe('rows of any content', () => {
  it('crash nothing, whichever fields hold what', () => {
    const line = fc.dictionary(fc.constantFrom(...EVIDENCE_FIELDS.decision), garbage)
    const part = fc.dictionary(fc.constantFrom(...EVIDENCE_FIELDS.outcome), garbage)
    fc.assert(
      fc.property(line, fc.array(part, { maxLength: 3 }), garbage, (change, parts, rewards) => {
        const row = joined({ ...LINE, ...change }, parts)
        const ends = [verdict(row), verdict({ ...row, rewards: rewards as object })]
        expect(ENDS).toEqual(expect.arrayContaining(ends))
      }),
    )
  })

  it('crash nothing, whatever the row itself is of', () => {
    const row = fc.record({
      id: garbage,
      tMs: garbage,
      decision: garbage,
      outcomes: fc.oneof(garbage, fc.array(fc.record({ fields: garbage })), fc.array(garbage)),
      rewards: garbage,
    })
    fc.assert(
      fc.property(row, (found) => {
        expect(ENDS).toContain(verdict(found as unknown as LedgerDecision))
      }),
    )
  })

  it.each(EVIDENCE_FIELDS.decision)('are refused when a decision has a strange %s', (field) => {
    fc.assert(
      fc.property(strange, (value) => {
        expect(verdict(joined({ ...LINE, [field]: value }))).toBe('malformed')
      }),
    )
  })

  it.each(EVIDENCE_FIELDS.outcome)('are refused when an outcome has a strange %s', (field) => {
    fc.assert(
      fc.property(strange, fc.nat(1), (value, at) => {
        const parts = PARTS.map((part, index) =>
          index === at ? { ...part, [field]: value } : part,
        )
        expect(verdict(joined(LINE, parts))).toBe('malformed')
      }),
    )
  })

  it('are not changed', () => {
    fc.assert(
      fc.property(garbage, fc.constantFrom(...EVIDENCE_FIELDS.decision), (value, field) => {
        const row = joined({ ...LINE, [field]: value })
        const before = structuredClone(row)
        evidenceOf(row)
        expect(row).toEqual(before)
      }),
    )
  })
})
