import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createFlakyTally, type FlakyReport } from './flaky-report.ts'
import { flakyLines } from './flaky-text.ts'
import type { Fault } from './flaky.ts'
import type { Outcome } from './traffic.ts'

const plan: Fault[] = [{ route: 0, kind: 'cut', from: 10, until: 20 }]
const good: Outcome = {
  row: 0,
  route: 'R1',
  status: 200,
  tries: 1,
  tookMs: 20,
  isCut: false,
  isWell: true,
}

function reportOf(outcomes: readonly Outcome[], noticedAfterMs = 100): FlakyReport {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs }
  const tally = createFlakyTally(plan, ['R1', 'R2'], clock)
  for (const outcome of outcomes) tally.add(outcome)
  tally.addNews({ fault: 0, change: 'began', atMs: 10 })
  tally.addNews({ fault: 0, change: 'recovered', atMs: 1000 })
  const breaker = { breaker: 'R1', era: 1 }
  clock.nowMs = 900
  const cause = { kind: 'isolated' } as never
  tally.hear({
    kind: 'breaker.opened',
    ...breaker,
    attempt: 1,
    openMs: 250,
    because: 'failures',
    cause,
  } as never)
  clock.nowMs = 1000 + noticedAfterMs
  tally.hear({ kind: 'breaker.probing', ...breaker, attempt: 1 })
  tally.hear({ kind: 'breaker.closed', ...breaker, because: 'probes' })
  return tally.report()
}
const many = (count: number, change: Partial<Outcome> = {}): Outcome[] =>
  Array.from({ length: count }, () => ({ ...good, ...change }))

describe('the report of routes that fail in turn', () => {
  it('counts what a client saw fail: a stream that broke off, and a request it had to send again', () => {
    const cut = { ...good, status: 502, isCut: true }
    const again = { ...good, tries: 2 }
    const report = reportOf([...many(997), cut, again, { ...good, status: 503 }])
    expect(report).toMatchObject({ requests: 1000, errors: 3, errorRate: 0.003, cutStreams: 1 })
    expect(report.isMet.errorRate).toBe(false)
    expect(reportOf([...many(999), cut]).isMet.errorRate).toBe(true)
  })

  it('compares the slowest answers with those of the time in which all were well', () => {
    const slow = many(20, { tookMs: 90, isWell: false })
    const { latencyMs, isMet } = reportOf([...many(980), ...slow])
    expect(latencyMs).toMatchObject({ wellP99: 20, p99: 90, p99Ratio: 4.5 })
    expect(isMet.p99Ratio).toBe(false)
    const failed = slow.map((outcome) => ({ ...outcome, status: 502 }))
    expect(reportOf([...many(980), ...failed]).latencyMs.p99Ratio).toBe(1)
  })

  it('asks that a recovery is noticed within the time that the breaker had opened for', () => {
    expect(reportOf(many(10), 250).recoveries).toEqual({ expected: 1, inTime: 1 })
    expect(reportOf(many(10), 300).recoveries).toEqual({ expected: 1, inTime: 0 })
    expect(reportOf(many(10), 300).isMet.recoveries).toBe(false)
  })

  it('says all of it in 80 columns, with the bars', () => {
    const text = flakyLines(reportOf(many(100_000), 300))
    expect(text.filter((line) => line.length > 80)).toEqual([])
    expect(text.join('\n')).toContain('met     0 of 100000 requests failed: 0.00 % (bar 0.10 %)')
    expect(text.join('\n')).toContain('MISSED  0 of 1 recoveries')
    expect(text.join('\n')).toContain('300 / 250 ms')
  })

  it('waits for the last recovery, but not for ever', async () => {
    const clock = new VirtualClock()
    const tally = createFlakyTally(plan, ['R1', 'R2'], clock)
    const opened = { breaker: 'R1', era: 1, attempt: 1, openMs: 250, because: 'failures' }
    tally.hear({ kind: 'breaker.opened', ...opened } as never)
    const settled = tally
      .settled(clock, new AbortController().signal)
      .then(() => clock.monotonicMs())
    await clock.advance(500)
    tally.hear({ kind: 'breaker.closed', breaker: 'R1', era: 2, because: 'probes' })
    await clock.advance(20)
    expect(await settled).toBe(520)
    tally.hear({ kind: 'breaker.opened', ...opened } as never)
    const given = tally.settled(clock, new AbortController().signal)
    await clock.advance(10_000)
    await expect(given).resolves.toBeUndefined()
  })
})
