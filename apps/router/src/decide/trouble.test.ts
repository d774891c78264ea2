import { describe, expect, it } from 'vitest'
import { isWorthAnotherTry, outcomeOf, type Trouble } from './trouble.ts'

const refused = (status: number, retryAfterMs: number | null = null): Trouble => ({
  kind: 'refused',
  status,
  retryAfterMs,
})

const rest = { shortestMs: 1_000, longestMs: 60_000 }

describe('another try at the same route', () => {
  it('is worth it after a connection that broke off, and after a failure of its own', () => {
    expect(isWorthAnotherTry({ kind: 'unreachable' })).toBe(true)
    for (const status of [500, 502, 503, 504]) expect(isWorthAnotherTry(refused(status))).toBe(true)
  })

  it('is not worth it after silence, which would be waited for twice', () => {
    expect(isWorthAnotherTry({ kind: 'silent' })).toBe(false)
  })

  it('is not worth it when the upstream asks for patience, or cannot do better', () => {
    for (const trouble of [refused(429), refused(401), refused(503, 1_000)]) {
      expect(isWorthAnotherTry(trouble)).toBe(false)
    }
    expect(isWorthAnotherTry({ kind: 'unusable' })).toBe(false)
  })
})

describe('what the breaker is told', () => {
  it.each([
    [{ kind: 'silent' }, 'timeout'],
    [{ kind: 'unreachable' }, 'error'],
    [{ kind: 'unusable' }, 'error'],
    [refused(500), 'error'],
    [refused(401), 'error'],
    [refused(408), 'timeout'],
    [refused(429), 'resource-exhausted'],
  ] as const)('of %j is %s', (trouble, outcome) => {
    expect(outcomeOf(trouble, rest)).toBe(outcome)
  })

  it('is to open for as long as the upstream asks, within reason', () => {
    expect(outcomeOf(refused(429, 2_000), rest)).toEqual({ openForMs: 2_000 })
    expect(outcomeOf(refused(503, 86_400_000), rest)).toEqual({ openForMs: 60_000 })
    expect(outcomeOf(refused(503, 0), rest)).toEqual({ openForMs: 1_000 })
  })
})
