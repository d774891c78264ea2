import { describe, expect, it } from 'vitest'
import { binomialMass, deviance, poissonMass, stirlingError } from './saddle-point.ts'

describe('what Stirling’s formula leaves out', () => {
  it('is ln n! less the formula, for small and large n alike', () => {
    let logFactorial = 0
    for (let n = 1; n <= 40; n += 1) {
      logFactorial += Math.log(n)
      const formula = (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI)
      expect(stirlingError(n)).toBeCloseTo(logFactorial - formula, 12)
    }
  })
})

describe('the deviance', () => {
  it('is the same on both of its ways', () => {
    for (const x of [90, 99.9, 100, 100.1, 121, 123, 200]) {
      expect(deviance(x, 100)).toBeCloseTo(x * Math.log(x / 100) + 100 - x, 10)
    }
  })
})

describe('the masses', () => {
  it('are those of coins and of rare events', () => {
    expect(binomialMass(3, 7, 0.5, 0.5)).toBeCloseTo(120 / 1024, 14)
    expect(binomialMass(1, 1, 0.1, 0.9)).toBeCloseTo(0.18, 14)
    expect(binomialMass(1, 1, 0, 1)).toBe(0)
    expect(poissonMass(2, 3)).toBeCloseTo(4.5 * Math.exp(-3), 14)
  })
})
