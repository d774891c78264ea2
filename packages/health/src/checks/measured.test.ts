import { describe, expect, it } from 'vitest'
import { directoryWritable, eventLoopDelay, fileFresh } from '../index.ts'
import type { Delays } from './delays.ts'
import { delayFinding } from './event-loop-delay.ts'
import { ageFinding } from './file-fresh.ts'

const limits = { warnAtMs: 100, criticalAtMs: 1_000, percentile: 99 }
const delays = (judgedMs: number, count = 500): Delays => ({
  count,
  judgedMs,
  meanMs: 1,
  maxMs: 2_000,
})

describe('the delay of the event loop', () => {
  it.each([
    [99.9, 'ok'],
    [100, 'degraded'],
    [999.9, 'degraded'],
    [1_000, 'critical'],
  ])('of %d ms is %s', (judgedMs, status) => {
    expect(delayFinding(delays(judgedMs), limits)).toMatchObject({ status })
  })

  it('is unknown when nothing was measured', () => {
    expect(delayFinding(delays(0, 0), limits).status).toBe('unknown')
  })

  it('says what was judged', () => {
    expect(delayFinding(delays(12.34), limits).message).toBe(
      '99 % of the timers ran at most 12.3 ms late, the latest 2000 ms',
    )
  })

  it.each<[object, string]>([
    [{ warnMs: 5 }, 'eventLoopDelay: warnMs is no option'],
    [{ warnAtMs: -5 }, 'warnAtMs must be'],
    [{ warnAtMs: 50, criticalAtMs: 49 }, 'criticalAtMs must be finite and ≥ 50, got 49'],
    [{ percentile: 0 }, 'percentile must be > 0 and ≤ 100, got 0'],
  ])('%j: %s', (options, message) => {
    expect(() => eventLoopDelay(options)).toThrow(message)
  })
})

describe('the age of a file', () => {
  const hourMs = 3_600_000

  it.each([
    [0, 'ok', 'state: written 0 s ago'],
    [90_000, 'ok', 'state: written 90 s ago'],
    [hourMs, 'ok', 'state: written 60 min ago'],
    [hourMs + 1, 'critical', 'state: written 60 min ago, and 60 min are the most'],
    [50 * hourMs, 'critical', 'state: written 50 h ago, and 60 min are the most'],
    [-60_000, 'ok', 'state: written 0 s ago'],
    [-60_001, 'degraded', 'state: dated 60 s ahead of the clock'],
  ])('of %d ms is %s', (ageMs, status, message) => {
    expect(ageFinding('state', ageMs, hourMs)).toMatchObject({ status, message })
  })

  it.each<[object, string]>([
    [{}, 'path must be text'],
    [{ path: 'x', maxAge: 5 }, 'fileFresh: maxAge is no option'],
    [{ path: 'x', maxAgeMs: -5 }, 'maxAgeMs must be'],
  ])('%j: %s', (options, message) => {
    expect(() => fileFresh(options as never)).toThrow(message)
  })
})

describe('a directory', () => {
  it.each<[object, string]>([
    [{}, 'path must be text'],
    [{ path: 'x', file: 'y' }, 'directoryWritable: file is no option'],
  ])('%j: %s', (options, message) => {
    expect(() => directoryWritable(options as never)).toThrow(message)
  })
})
