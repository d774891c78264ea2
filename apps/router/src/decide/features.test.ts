import { describe, expect, it } from 'vitest'
import { SCANNED_CHARACTERS, featureNames, features } from './features.ts'

const six = { set: 'six', taskSlots: 0 } as const
const all = { set: 'surface22', taskSlots: 0 } as const

/** Features by name, which is how people think of them. */
function named(
  prompt: string,
  options: Parameters<typeof features>[2] = all,
): Record<string, number> {
  const values = features(prompt, undefined, options)
  return Object.fromEntries(featureNames(options).map((name, i) => [name, values[i] ?? Number.NaN]))
}

describe('the features of a prompt', () => {
  it('are six by default names and twenty-two on request, the bias first', () => {
    expect(featureNames(six)).toEqual(['bias', 'math', 'upper', 'numbers', 'options', 'digits'])
    expect(featureNames(all)).toHaveLength(22)
    expect(features('hello', undefined, six)[0]).toBe(1)
  })

  it('stay within -1 and 1 for whatever is sent', () => {
    const awkward = [
      '',
      ' ',
      '\u0000',
      '9'.repeat(5000),
      '\uD800',
      'A. '.repeat(2000),
      '=== '.repeat(900),
      '\n'.repeat(4096),
    ]
    for (const prompt of awkward) {
      for (const value of features(prompt, 'x', { set: 'surface22', taskSlots: 4 })) {
        expect(value).toBeGreaterThanOrEqual(-1)
        expect(value).toBeLessThanOrEqual(1)
      }
    }
  })

  it('tell mathematics, code and law apart', () => {
    const math = named('Solve 3x + 4 = 10 and compute the sum.')
    const code = named('```python\ndef f(x):\n  return x\n```')
    const law = named('Can the plaintiff sue the defendant for negligence in this court?')
    expect(math['math']).toBeGreaterThan(law['math'] ?? 1)
    expect(code['code']).toBeGreaterThan(math['code'] ?? 1)
    expect(law['law']).toBeGreaterThan(0.5)
    expect(law['question']).toBe(1)
  })

  it('count a decimal as one number and each answer option', () => {
    expect(named('3.14 and 2')['numbers']).toBeCloseTo(2 / 10)
    expect(named('Which?\nA. one\nB. two\nC. three')['options']).toBeCloseTo(0.3)
  })

  it('look at the first 4096 characters only', () => {
    const start = 'x'.repeat(SCANNED_CHARACTERS)
    expect(features(`${start} 12 = 3`, undefined, all)).toEqual(features(start, undefined, all))
  })

  it('hash the task of the caller into its slots, one at a time', () => {
    const options = { set: 'six', taskSlots: 8 } as const
    const slots = Array.from(features('hi', 'summarise', options).slice(6))
    expect(slots.filter((value) => value === 1)).toHaveLength(1)
    expect(features('hi', 'summarise', options)).toEqual(features('hi', 'summarise', options))
    expect(Array.from(features('hi', undefined, options).slice(6))).toEqual(
      Array.from({ length: 8 }, () => 0),
    )
  })
})
