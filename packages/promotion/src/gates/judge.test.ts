import { describe, expect, it } from 'vitest'
import { worst } from './judge.ts'

describe('the verdict', () => {
  it('is the worst of all, and of nothing a no-go', () => {
    expect(worst(['go', 'go'])).toBe('go')
    expect(worst(['go', 'inconclusive'])).toBe('inconclusive')
    expect(worst(['inconclusive', 'no-go', 'go'])).toBe('no-go')
    expect(worst([])).toBe('no-go')
  })
})
