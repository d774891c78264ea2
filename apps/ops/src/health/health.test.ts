import { describe, expect, it } from 'vitest'
import type { ProcessStatus } from '../router/admin.ts'
import { lockCheck } from './from-files.ts'
import { processesCheck } from './from-router.ts'
import { healthExit, statusOf, worst } from './health.ts'

const status = (pid: number): ProcessStatus => ({
  pid,
  guardrail: null,
  orders: { seq: 0, isolated: {} },
  breakers: [],
})

describe('health', () => {
  it('is the worst of what was looked at, and unknown when nothing was', () => {
    expect(worst(['ok', 'degraded'])).toBe('degraded')
    expect(worst(['degraded', 'unknown'])).toBe('unknown')
    expect(worst(['unknown', 'critical', 'ok'])).toBe('critical')
    expect(worst([])).toBe('unknown')
  })

  it('exits with 0, 10 or 11, and unknown is never well', () => {
    expect((['ok', 'degraded', 'unknown', 'critical'] as const).map(healthExit)).toEqual([
      0, 10, 11, 11,
    ])
  })

  it('takes what another version says for unknown', () => {
    expect(['healthy', 'ok', 'fine', 7, undefined].map(statusOf)).toEqual([
      'ok',
      'ok',
      'unknown',
      'unknown',
      'unknown',
    ])
  })

  it('is degraded by a process that gives no answer, and names it', () => {
    expect(processesCheck({ statuses: [status(1)], missing: [] })).toMatchObject({
      status: 'ok',
      message: 'process 1 answers',
    })
    expect(processesCheck({ statuses: [status(1), status(2)], missing: [] }).message).toBe(
      'all 2 answer: 1, 2',
    )
    expect(processesCheck({ statuses: [status(1)], missing: [2] })).toMatchObject({
      status: 'degraded',
      message: '1 of 2 give no answer: 2',
    })
  })

  it('of the lock: only one that is damaged keeps a router from starting', () => {
    const held = { state: 'held', owner: { pid: 7 } } as const
    const of = (lock: object): string =>
      lockCheck({ ...held, ...lock } as Parameters<typeof lockCheck>[0]).status
    expect(of({ liveness: 'alive' })).toBe('ok')
    expect(of({ liveness: 'unknown' })).toBe('ok')
    expect(of({ liveness: 'dead' })).toBe('degraded')
    expect(of({ state: 'free', owner: null, liveness: null })).toBe('ok')
    expect(of({ state: 'damaged', owner: null, liveness: null })).toBe('critical')
  })
})
