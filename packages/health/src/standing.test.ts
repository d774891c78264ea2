import { describe, expect, it } from 'vitest'
import { judged, UNSEEN, type Patience } from './standing.ts'
import type { Status } from './status.ts'

const after = (patience: Patience, ...seen: Status[]): Status =>
  seen.reduce((standing, result) => judged(standing, result, patience), UNSEEN).status

const of = (...seen: Status[]): Status => after({ failAfter: 3, okAfter: 2 }, ...seen)

describe('a standing that turns bad after 3 results and good after 2', () => {
  it('is unknown before the first result', () => {
    expect(of()).toBe('unknown')
  })

  it('takes the first result at its word', () => {
    expect(of('ok')).toBe('ok')
    expect(of('critical')).toBe('critical')
  })

  it('waits on for the first result that tells anything', () => {
    expect(of('unknown')).toBe('unknown')
    expect(of('unknown', 'unknown', 'ok')).toBe('ok')
  })

  it('stays ok at two bad results, and turns at the third', () => {
    expect(of('ok', 'critical', 'critical')).toBe('ok')
    expect(of('ok', 'critical', 'critical', 'critical')).toBe('critical')
  })

  it('begins to count anew after a good one', () => {
    expect(of('ok', 'critical', 'critical', 'ok', 'critical', 'critical')).toBe('ok')
  })

  it('stays critical at one good result, and turns at the second', () => {
    expect(of('critical', 'ok')).toBe('critical')
    expect(of('critical', 'ok', 'ok')).toBe('ok')
    expect(of('critical', 'ok', 'critical', 'ok')).toBe('critical')
  })

  it('becomes only as bad as the mildest of the bad', () => {
    expect(of('ok', 'critical', 'degraded', 'critical')).toBe('degraded')
  })

  it('becomes only as good as the worst of the good', () => {
    expect(of('critical', 'ok', 'degraded')).toBe('degraded')
    expect(of('critical', 'ok', 'degraded', 'ok')).toBe('degraded')
    expect(of('critical', 'degraded', 'ok', 'ok')).toBe('ok')
  })

  it('takes silence for neither good nor well', () => {
    expect(of('ok', 'unknown', 'unknown')).toBe('ok')
    expect(of('ok', 'unknown', 'unknown', 'unknown')).toBe('unknown')
    expect(of('ok', 'unknown', 'unknown', 'unknown', 'ok')).toBe('unknown')
    expect(of('ok', 'unknown', 'unknown', 'unknown', 'ok', 'ok')).toBe('ok')
  })
})

describe('a standing without patience', () => {
  it('is what the last result says', () => {
    expect(after({ failAfter: 1, okAfter: 1 }, 'ok', 'critical')).toBe('critical')
    expect(after({ failAfter: 1, okAfter: 1 }, 'ok', 'critical', 'ok')).toBe('ok')
  })
})
