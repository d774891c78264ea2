import { seededRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { uniformFrom } from './chance.ts'

/** Σ (seen − expected)² / expected over equal bins; with 99 degrees of freedom, 1 in 10⁶ passes 175. */
function chiSquare(values: readonly number[], bins = 100): number {
  const seen = new Float64Array(bins)
  for (const value of values) seen[Math.floor(value * bins)]! += 1
  const expected = values.length / bins
  return seen.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

const COUNT = 100_000

describe('the uniform number of an id', () => {
  it('is the same in every process and version', () => {
    // Pinned: logged decisions are replayed by later versions.
    expect(uniformFrom('decision-1')).toBe(0.7653910779721622)
  })

  it.each([
    ['counted ids', (i: number) => `d${i}`],
    ['padded ids', (i: number) => `decision-${String(i).padStart(12, '0')}`],
    ['ids with a counter in front', (i: number) => `${i}-0190b5a4-7d6e`],
    [
      'ids beyond ASCII',
      (i: number) => String.fromCodePoint(0x4e00 + (i % 20_000)) + Math.floor(i / 20_000),
    ],
  ])('is uniform over %s', (_, idOf) => {
    const values = Array.from({ length: COUNT }, (_, i) => uniformFrom(idOf(i)))
    expect(chiSquare(values)).toBeLessThan(175)
    // The low digits matter as much as the high ones.
    expect(chiSquare(values.map((value) => (value * 2 ** 20) % 1))).toBeLessThan(175)
    // Neighbours are independent.
    const pairs = values.map((value, i) => (value + (values[i + 1] ?? 0.5)) % 1)
    expect(chiSquare(pairs)).toBeLessThan(175)
  })

  it('is uniform over random ids', () => {
    const random = seededRandom('ids')
    const values = Array.from({ length: COUNT }, () => uniformFrom(random.hex(32)))
    expect(chiSquare(values)).toBeLessThan(175)
  })

  it('tells ids apart that differ in one place or in length', () => {
    const ids = ['a', 'b', 'aa', 'ab', 'ba', 'a\0', '\0a', 'aaa']
    expect(new Set(ids.map(uniformFrom)).size).toBe(ids.length)
  })
})
