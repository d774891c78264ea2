import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { everything, folded, tellings } from './records.fixture.ts'

const inTwoOrders = tellings.chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
)

describe('a fold', () => {
  it('is the same to the last bit in whatever order its lessons come', () => {
    fc.assert(
      fc.property(inTwoOrders, ([one, other]) => {
        expect(everything(folded(other))).toEqual(everything(folded(one)))
      }),
    )
  })

  it('is the same however often its lessons come', () => {
    fc.assert(
      fc.property(tellings, fc.array(fc.nat(100)), (list, again) => {
        const repeated = again.flatMap((i) => (i < list.length ? [list[i]!] : []))
        expect(everything(folded([...repeated, ...list, ...repeated]))).toEqual(
          everything(folded(list)),
        )
      }),
    )
  })

  it('is told each lesson once, with numbers that ascend', () => {
    fc.assert(
      fc.property(tellings, (list) => {
        const fold = folded([])
        const numbers = [...list, ...list].flatMap((one) => {
          const counted = fold.count(one)
          return counted.kind === 'applied' ? [counted.learnt.number] : []
        })
        expect(numbers).toEqual(list.map((_one, i) => i + 1))
        expect(fold.told).toBe(list.length)
      }),
    )
  })
})
