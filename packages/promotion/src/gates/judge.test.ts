import { describe, expect, it } from 'vitest'
import { gateSettings } from './settings.ts'
import { judge, worst } from './judge.ts'

describe('the verdict', () => {
  it('is the worst of all, and of nothing a no-go', () => {
    expect(worst(['go', 'go'])).toBe('go')
    expect(worst(['go', 'inconclusive'])).toBe('inconclusive')
    expect(worst(['inconclusive', 'no-go', 'go'])).toBe('no-go')
    expect(worst([])).toBe('no-go')
  })

  const settings = gateSettings()
  it.each([
    [{}, 'judge: report must be a report, or null'],
    [null, 'judge: report must be'],
    [{ report: null }, 'judge: slots must be a list of results, or null'],
    [{ report: null, slots: null }, 'judge: nowMs must be ms since 1970'],
    [{ report: null, slots: null, nowMs: 0 }, 'judge: settings must be what gateSettings() gives'],
  ])('is not given of %o', (input, message) => {
    expect(() => judge(input as never)).toThrow(message)
  })

  it('is a no-go when no slot is named', () => {
    const { gates } = judge({
      report: null,
      slots: [],
      nowMs: 0,
      settings: { ...settings, slots: [] },
    })
    expect(gates.find(({ gate }) => gate === 'slots')).toMatchObject({
      verdict: 'no-go',
      because: 'missing',
      reason: 'no slot is named that must be green',
    })
  })
})
