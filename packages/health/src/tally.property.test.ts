import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GROUPS, STATUSES, wholeOf } from './status.ts'
import { createTally, type GroupPart } from './tally.ts'

const part: fc.Arbitrary<GroupPart> = fc.record({
  status: fc.constantFrom(...STATUSES),
  onFail: fc.constantFrom('critical', 'degraded'),
  groups: fc.uniqueArray(fc.constantFrom(...GROUPS)),
})
/** A part is set, or taken away when there is none. */
const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(part))

describe('what is counted, whatever comes, turns and goes', () => {
  it('is what a look at every part would find', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const tally = createTally()
        const parts = new Map<string, GroupPart>()
        for (const [name, part] of steps) {
          if (part === null) {
            parts.delete(name)
            tally.delete(name)
          } else {
            parts.set(name, part)
            tally.set(name, part)
          }
          for (const group of GROUPS) {
            const inGroup = [...parts.values()].filter(({ groups }) => groups.includes(group))
            expect(tally.worst(group)).toBe(wholeOf(inGroup))
          }
        }
      }),
    )
  })
})
