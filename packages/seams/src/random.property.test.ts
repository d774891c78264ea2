import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'

describe('seeded chance, whatever the seed', () => {
  it('draws whole numbers from 0 to below the bound', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        (seed, bound) => {
          const random = seededRandom(seed)
          for (let i = 0; i < 20; i += 1) {
            const draw = random.integer(bound)
            expect(Number.isSafeInteger(draw) && draw >= 0 && draw < bound).toBe(true)
          }
        },
      ),
    )
  })

  it('gives two names two streams', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (seed, one, other) => {
        fc.pre(one !== other)
        const random = seededRandom(seed)
        expect(random.split(one).hex(32)).not.toBe(random.split(other).hex(32))
      }),
    )
  })
})
