import { describe, expect, it } from 'vitest'
import { isUp, wholeOf, worstOf, type Status } from './status.ts'

const vital = (status: Status) => ({ status, onFail: 'critical' as const })
const optional = (status: Status) => ({ status, onFail: 'degraded' as const })

describe('the whole', () => {
  it.each<[Status, Status[]]>([
    ['ok', ['ok', 'ok']],
    ['degraded', ['ok', 'degraded']],
    ['unknown', ['ok', 'degraded', 'unknown']],
    ['critical', ['ok', 'degraded', 'unknown', 'critical']],
  ])('is %s, the worst of %s', (whole, parts) => {
    expect(wholeOf(parts.map(vital))).toBe(whole)
    expect(wholeOf(parts.map(vital).toReversed())).toBe(whole)
  })

  it('of nothing is unknown', () => {
    expect(wholeOf([])).toBe('unknown')
    expect(worstOf([])).toBe('unknown')
  })

  it('is at most degraded for the sake of a part that is not vital', () => {
    expect(wholeOf([vital('ok'), optional('unknown')])).toBe('degraded')
    expect(wholeOf([vital('ok'), optional('critical')])).toBe('degraded')
    expect(wholeOf([vital('ok'), optional('ok')])).toBe('ok')
  })
})

describe('a probe', () => {
  it('is up while ok or degraded', () => {
    for (const group of ['live', 'ready', 'startup', null] as const) {
      expect(isUp(group, 'ok')).toBe(true)
      expect(isUp(group, 'degraded')).toBe(true)
      expect(isUp(group, 'critical')).toBe(false)
    }
  })

  it('is up while unknown for live, and for nothing else', () => {
    expect(isUp('live', 'unknown')).toBe(true)
    expect(isUp('ready', 'unknown')).toBe(false)
    expect(isUp('startup', 'unknown')).toBe(false)
    expect(isUp(null, 'unknown')).toBe(false)
  })
})
