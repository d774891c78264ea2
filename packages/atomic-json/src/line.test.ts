import { describe, expect, it } from 'vitest'
import { inTurn, lineLength, overtake } from './line.ts'

describe('a line of calls for one path', () => {
  it('runs them one after the other, in the order they were made, failures too', async () => {
    const order: string[] = []
    const work = (name: string) => async (): Promise<string> => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
      if (name === 'b') throw new Error('b failed')
      return name
    }
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => inTurn('/x', work(name))),
    )
    expect(order).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('begins the first at once, and forgets the line when the last has left', async () => {
    let hasBegun = false
    const done = inTurn('/x', async () => {
      hasBegun = true
      await Promise.resolve()
    })
    expect([hasBegun, lineLength('/x')]).toEqual([true, 1])
    await done
    await Promise.resolve()
    expect(lineLength('/x')).toBe(0)
  })

  it('tells those in it that they were overtaken, and those who come later not', async () => {
    const seen: boolean[] = []
    const early = inTurn('/x', async (turn) => {
      await Promise.resolve()
      seen.push(turn.isOvertaken)
    })
    overtake('/x')
    const late = inTurn('/x', async (turn) => void seen.push(turn.isOvertaken))
    await Promise.all([early, late])
    expect(seen).toEqual([true, false])
  })
})
