import { describe, expect, it } from 'vitest'
import { counted, figure, percent } from './figure.ts'

describe('a figure', () => {
  it('has four digits that mean something, and a dash where there is none', () => {
    expect([0.123456, 29_958, 5.739e15, 0, null].map(figure)).toEqual([
      '0.1235',
      '29960',
      '5.7e15',
      '0',
      '–',
    ])
  })
  it('is a share in percent, and a count with its noun', () => {
    expect([percent(0.0955), percent(null)]).toEqual(['9.55 %', '–'])
    expect([counted(1, 'flaw'), counted(2, 'flaw')]).toEqual(['1 flaw', '2 flaws'])
  })
})
