import type { CheckReading, Status } from '@holdfast/health'
import { describe, expect, it } from 'vitest'
import { slotsOf } from './slots.ts'

const reading = (status: Status): CheckReading => ({
  status,
  seen: status,
  message: 'what it says',
  details: null,
  ageMs: 0,
  tookMs: 0,
  hangingMs: null,
  changedAtMs: null,
  groups: [],
  onFail: 'critical',
})

const checks = {
  learning: reading('ok'),
  state: reading('ok'),
  disk: reading('degraded'),
  ledger: reading('critical'),
  odd: reading('unknown'),
}
const statusOf = (...names: string[]): string | undefined =>
  slotsOf({ slot: names }, checks, false)['slot']?.status

describe('a slot', () => {
  it('is healthy exactly when all its checks are ok', () => {
    expect(statusOf('learning', 'state')).toBe('healthy')
    expect(statusOf('learning', 'disk')).toBe('degraded')
    expect(statusOf('learning', 'ledger')).toBe('critical')
  })

  it('is as bad as the worst of its checks', () => {
    expect(statusOf('odd', 'disk')).toBe('unknown')
    expect(statusOf('odd', 'ledger', 'disk')).toBe('critical')
  })

  it('is unknown when a check of it is not there', () => {
    expect(statusOf('learning', 'nothing')).toBe('unknown')
    expect(statusOf()).toBe('unknown')
  })

  it('tells how its checks are, and why to those who may know', () => {
    const slots = { slot04: ['learning'], slot09: ['ledger'] }
    expect(slotsOf(slots, checks, false)).toEqual({
      slot04: { status: 'healthy', checks: { learning: { status: 'ok' } } },
      slot09: { status: 'critical', checks: { ledger: { status: 'critical' } } },
    })
    expect(slotsOf(slots, checks, true)['slot09']?.checks).toEqual({
      ledger: { status: 'critical', message: 'what it says' },
    })
  })
})
