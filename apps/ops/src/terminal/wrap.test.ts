import { describe, expect, it } from 'vitest'
import { wrap } from './wrap.ts'

describe('a sentence', () => {
  it('is broken between words, behind an indent', () => {
    expect(wrap('  - take it from there', 12, '    ')).toEqual([
      '  - take it',
      '    from',
      '    there',
    ])
  })
  it('keeps a word whole that is longer than a line', () => {
    expect(wrap('see /a/very/long/path now', 8)).toEqual(['see', '/a/very/long/path', 'now'])
  })
  it('keeps the line ends that it has', () => {
    expect(wrap('one:\n  - two', 20)).toEqual(['one:', '  - two'])
  })
})
