import { describe, expect, it } from 'vitest'
import { restoredOtherwise } from './state-restore.ts'

describe('a state that was put back and holds something else', () => {
  it('is told as one that was put back, with where the one before it is, if there was one', () => {
    const kept = restoredOtherwise('/run/learned', 99, 100, '/run/learned.aside-1')
    expect(kept).toMatchObject({
      code: 'OPS_INTEGRITY',
      message:
        '/run/learned was put back, and holds 99 and not 100 decisions; what was there is kept in /run/learned.aside-1',
    })
    const { message } = restoredOtherwise('/run/learned', 'broken', 100, null)
    expect(message).toMatch(/; there was none before$/)
  })
})
