import { describe, expect, it } from 'vitest'
import { sparkline } from './sparkline.ts'
import { createStyle } from './style.ts'
import { cut, pairs, table } from './table.ts'

const plain = createStyle(40, false)
const columns = [
  { title: 'NAME', canShrink: true },
  { title: 'COUNT', align: 'right' as const },
]

describe('a table', () => {
  it('is as wide as what stands in it, with numbers below each other', () => {
    expect(
      table(
        columns,
        [
          ['a', '7'],
          ['bcdefg', '1234567'],
        ],
        plain,
      ),
    ).toEqual(['NAME      COUNT', 'a             7', 'bcdefg  1234567'])
  })

  it('is no wider than it may be: columns that can shrink do', () => {
    const lines = table(columns, [['x'.repeat(60), '1234567']], plain)
    expect(lines.map((line) => line.length)).toEqual([40, 40])
    expect(lines[1]).toBe(`${'x'.repeat(30)}…  1234567`)
  })

  it('shrinks the others when that is not enough', () => {
    const many = Array.from({ length: 5 }, (_, i) => ({ title: `C${i}` }))
    const [, row = ''] = table(many, [many.map(() => 'y'.repeat(20))], plain)
    expect(row.length).toBeLessThanOrEqual(40)
  })

  it('is as wide with colours as without', () => {
    const cells = [[{ text: 'good', paint: 'good' as const }, '1']]
    const [, coloured = ''] = table(columns, cells, createStyle(40, true))
    expect(coloured).toBe('\u001B[32mgood\u001B[39m      1')
  })
})

describe('pairs', () => {
  it('stand below each other, cut to the width', () => {
    expect(
      pairs(
        [
          ['a', 'one'],
          ['long', 'z'.repeat(50)],
        ],
        plain,
      ),
    ).toEqual(['a     one', `long  ${'z'.repeat(33)}…`])
  })
})

describe('a cut', () => {
  it('takes no half of a character', () => {
    expect(cut('a😀😀😀', 3)).toBe('a😀…')
  })
})

describe('a sparkline', () => {
  it('goes from the least to the greatest, with gaps where nothing is known', () => {
    expect(sparkline([0, 1, null, 7])).toBe('▁▂ █')
  })
  it('is in the middle where all are equal, and empty where nothing is known', () => {
    expect([sparkline([3, 3]), sparkline([null])]).toEqual(['▅▅', ' '])
  })
  it('keeps to a range that it is given', () => {
    expect(sparkline([0.5, 2], { from: 0, to: 1 })).toBe('▅█')
  })
})
