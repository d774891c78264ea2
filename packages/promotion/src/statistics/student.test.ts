import { describe, expect, it } from 'vitest'
import { studentQuantile, studentTail } from './student.ts'

// Abramowitz and Stegun, table 26.10.
const TABLE = [
  [0.05, 1, 6.314],
  [0.025, 5, 2.571],
  [0.005, 10, 3.169],
  [0.05, 19, 1.729],
  [0.0005, 30, 3.646],
  [0.025, 120, 1.98],
] as const

describe('Student’s t', () => {
  it.each(TABLE)('is above its quantile with chance %s at %s degrees: %s', (alpha, degrees, t) => {
    expect(studentQuantile(alpha, degrees)).toBeCloseTo(t, 3)
    expect(studentTail(t, degrees) / alpha).toBeCloseTo(1, 2)
    expect(studentTail(-t, degrees)).toBeCloseTo(1 - alpha, 4)
  })

  it('is above zero in half of all cases, and hardly ever far above', () => {
    expect(studentTail(0, 7)).toBe(0.5)
    expect(studentTail(40, 19)).toBeLessThan(1e-15)
    expect(studentTail(Number.POSITIVE_INFINITY, 19)).toBe(0)
  })
})
