import { logFacts } from '@holdfast/telemetry'
import { describe, expect, it } from 'vitest'
import type { RouterFact } from './facts.ts'
import { ROUTER_LINES } from './lines.ts'

/** The lines of some facts. */
function written(...facts: readonly RouterFact[]): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as never)
  const observe = logFacts<RouterFact>(ROUTER_LINES, { destination: { write } })
  for (const fact of facts) observe(fact)
  return lines
}

const refused = (code: string): RouterFact => ({
  kind: 'router.refused',
  status: 500,
  code,
  message: 'no',
  error: new Error('a bug'),
})
const failed: RouterFact = {
  kind: 'bandit-store.write-failed',
  directory: 'run/learned',
  unsaved: 2,
  error: new Error('ENOSPC'),
}

const failure = (route: string, code: string): RouterFact => ({
  kind: 'router.upstream-failed',
  id: 'd',
  route,
  status: 502,
  code,
  message: `${route}: ${code}`,
})

const changed = (from: 'ok' | 'unknown', to: 'ok' | 'degraded' | 'critical'): RouterFact => ({
  kind: 'health.changed',
  name: 'disk',
  from,
  to,
  message: 'x',
})

describe('the log', () => {
  it('has a line for a bug, and none for what a client did wrong', () => {
    expect(written(refused('internal_error'), refused('invalid_json'))).toMatchObject([
      { level: 50, msg: 'the router failed', err: { message: 'a bug' } },
    ])
  })

  it('has a line for lines of the ledger that are lost, and none for those that are written', () => {
    const directory = 'run/ledger'
    const error = new Error('ENOSPC')
    expect(
      written(
        { kind: 'ledger.written', directory, lines: 3, sizeBytes: 900, tookMs: 1 },
        { kind: 'ledger.write-failed', directory, lines: 3, error },
        { kind: 'ledger.dropped', directory, lines: 1 },
      ),
    ).toMatchObject([
      { level: 50, msg: expect.stringContaining('are lost: 3'), err: { message: 'ENOSPC' } },
      { level: 50, msg: expect.stringContaining('too many wait') },
    ])
  })

  it('has one line in a hundred while a disk is full, and one again after it was not', () => {
    const recovered: RouterFact = {
      kind: 'bandit-store.recovered',
      directory: 'run/learned',
      lessons: 7,
    }
    const lines = written(...Array.from({ length: 150 }, () => failed), recovered, failed)
    expect(lines.map(({ msg, leftOut }) => [msg, leftOut])).toEqual([
      [expect.stringContaining('could not be saved'), undefined],
      [expect.stringContaining('could not be saved'), 99],
      ['saved again: 7 lessons had waited', undefined],
      [expect.stringContaining('could not be saved'), undefined],
    ])
  })

  it('says when a route is left alone, and when it is called again', () => {
    const opened: RouterFact = {
      kind: 'breaker.opened',
      breaker: 'R2',
      era: 1,
      attempt: 2,
      openMs: 1500,
      because: 'failure-ratio',
      cause: {
        kind: 'failure-ratio',
        failure: 'error',
        failureRatio: 1,
        slowRatio: 0,
        reason: null,
      },
    }
    const closed: RouterFact = { kind: 'breaker.closed', breaker: 'R2', era: 2, because: 'probes' }
    expect(written(opened, closed).map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'R2 is not called for 1.5 s (failure-ratio, opening 2)'],
      [30, 'R2 is called again'],
    ])
  })

  it('says what became of a check, as loudly as it is bad, and nothing of one that begins well', () => {
    const facts = [changed('unknown', 'ok'), changed('ok', 'degraded'), changed('ok', 'critical')]
    expect(written(...facts).map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'disk is degraded, was ok: x'],
      [50, 'disk is critical, was ok: x'],
    ])
  })

  it('has the first failure of each route and way to fail, then one line in a hundred', () => {
    const failures = Array.from({ length: 150 }, () => failure('R1', 'upstream_unreachable'))
    const others = [failure('R2', 'upstream_unreachable'), failure('R1', 'upstream_timeout')]
    const again: RouterFact = { kind: 'breaker.closed', breaker: 'R1', era: 2, because: 'probes' }
    const lines = written(...failures, ...others, again, ...others)
    expect(lines.map(({ msg, leftOut }) => [msg, leftOut])).toEqual([
      ['an upstream failed: R1: upstream_unreachable', undefined],
      ['an upstream failed: R1: upstream_unreachable', 99],
      ['an upstream failed: R2: upstream_unreachable', undefined],
      ['an upstream failed: R1: upstream_timeout', undefined],
      ['R1 is called again', undefined],
      ['an upstream failed: R2: upstream_unreachable', undefined],
      ['an upstream failed: R1: upstream_timeout', undefined],
    ])
  })

  it('says when a judge is wrong, and goes on saying so rarely', () => {
    const wrong: RouterFact = { kind: 'breaker.judge-failed', breaker: 'R1', error: new Error('x') }
    expect(written(wrong, wrong)).toMatchObject([
      { level: 50, msg: 'R1: how a call went could not be judged', err: { message: 'x' } },
    ])
  })

  it('tells no key of ours that an upstream repeats', () => {
    const line = written({
      kind: 'router.upstream-failed',
      id: 'd',
      route: 'R1',
      status: 502,
      code: 'invalid_api_key',
      message: 'R1: Incorrect API key provided: sk-abc12345',
    })
    expect(line).toMatchObject([
      {
        message: 'R1: Incorrect API key provided: [redacted]',
        msg: 'an upstream failed: R1: Incorrect API key provided: [redacted]',
      },
    ])
  })
})
