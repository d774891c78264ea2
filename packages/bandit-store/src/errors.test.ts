import { describe, expect, it } from 'vitest'
import { BanditStoreInputError, codeOf, messageOf, shown } from './errors.ts'

describe('a message', () => {
  it('says what, what it may be, and what it was', () => {
    const error = new BanditStoreInputError('reward', 'a number', 'much')
    expect(error.message).toBe('reward must be a number, got "much"')
    expect(error).toMatchObject({ name: 'BanditStoreInputError', field: 'reward' })
  })

  it.each([
    ['ä'.repeat(100), `"${'ä'.repeat(60)}…"`],
    [[1, 2], 'an array of 2'],
    [new Float64Array(3), 'an object'],
    [{ a: 1 }, 'an object'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
  ])('shows a value briefly', (value, text) => {
    expect(shown(value)).toBe(text)
  })
})

describe('an error of unknown origin', () => {
  it('has a code, or none', () => {
    expect(codeOf(Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe('ENOENT')
    expect([null, undefined, 'no', new Error('no'), { code: 5 }].map(codeOf)).toEqual(
      Array<string>(5).fill(''),
    )
  })

  it('has a message in any case', () => {
    expect([new Error('no'), 'no'].map(messageOf)).toEqual(['no', 'no'])
  })
})
