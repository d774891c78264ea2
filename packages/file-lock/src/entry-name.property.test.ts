import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  freeToken,
  heldToken,
  parseEntryName,
  parseOwner,
  printOwner,
  ticketOf,
} from './entry-name.ts'
import type { LockOwner } from './owner.ts'

// fast-check prints the seed with every failure.
const word = fc.stringMatching(/^[a-z0-9]{1,20}$/)
const orUntold = fc.oneof(word, fc.constant('-'))
const id = fc.integer({ min: 0, max: 2 ** 31 })
const fence = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

const anyOwner: fc.Arbitrary<LockOwner> = fc.record({
  pid: id,
  threadId: fc.option(id),
  startedAt: fc.option(word),
  host: orUntold,
  boot: orUntold,
  space: orUntold,
  engine: fc.stringMatching(/^[a-z][a-z-]{0,30}$/),
  // As far to both sides as a calendar goes, and clocks may be set.
  sinceMs: fc.integer({ min: -8.64e14, max: 8.64e14 }),
  nonce: word,
})

describe('the name of a directory entry', () => {
  it('tells every owner as it was, with every field', () => {
    fc.assert(
      fc.property(anyOwner, (owner) => {
        expect(parseOwner(printOwner(owner))).toEqual(owner)
      }),
      { numRuns: 1000 },
    )
  })

  it('tells every token and ticket as it was', () => {
    fc.assert(
      fc.property(anyOwner, fence, orUntold, (owner, number, boot) => {
        for (const entry of [
          freeToken(number, boot),
          heldToken(number, owner),
          ticketOf(number, owner),
        ]) {
          expect(parseEntryName(entry.name)).toEqual(entry)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is refused or read back exactly, whatever lies in the directory', () => {
    const nearly = fc.stringMatching(/^[fhw]?[0-9]{0,2}[.]?[0-9]{0,18}[.]?[a-z0-9_.-]{0,60}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly), (name) => {
        expect([undefined, name]).toContain(parseEntryName(name)?.name)
      }),
      { numRuns: 2000 },
    )
  })
})
