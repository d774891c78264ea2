import { seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { Sequencing, type Sequence } from './confidence-sequence.ts'

const RANGE = { least: -1, most: 3 }

describe('a confidence sequence', () => {
  it('is the whole range before the first observation', () => {
    expect(new Sequencing(RANGE, 0.05).interval()).toEqual({ lower: -1, upper: 3 })
  })

  it('leaves the true mean outside at any time in at most a share alpha of all streams', () => {
    const random = seededRandom('sequences')
    let wrong = 0
    for (let stream = 0; stream < 300; stream += 1) {
      const sequencing = new Sequencing({ least: 0, most: 1 }, 0.1)
      let isOutside = false
      for (let i = 0; i < 1_000; i += 1) {
        sequencing.observe(random.next() < 0.3 ? 1 : 0)
        const { lower, upper } = sequencing.interval()
        isOutside ||= lower > 0.3 || upper < 0.3
      }
      wrong += Number(isOutside)
    }
    expect(wrong / 300).toBeLessThanOrEqual(0.1)
  })

  it('closes in on the mean, and goes on from what was kept', () => {
    const random = seededRandom('closing in')
    const whole = new Sequencing(RANGE, 0.05)
    let parts = new Sequencing(RANGE, 0.05)
    for (let i = 0; i < 20_000; i += 1) {
      const one = random.next() < 0.5 ? 0 : 1
      whole.observe(one)
      parts.observe(one)
      if (i === 7_000) {
        parts = new Sequencing(
          RANGE,
          0.05,
          JSON.parse(JSON.stringify(parts.sequence())) as Sequence,
        )
      }
    }
    const { lower, upper } = whole.interval()
    expect(lower).toBeGreaterThan(0.45)
    expect(upper).toBeLessThan(0.55)
    expect(parts.interval()).toEqual({ lower, upper })
  })

  it('refuses what is out of range', () => {
    expect(() => new Sequencing(RANGE, 0.05).observe(3.1)).toThrow('must be from -1 to 3')
  })
})
