import { describe, expect, it } from 'vitest'
import { readError, readResult } from './check.ts'

describe('what a check answers', () => {
  it('is ok when it is nothing at all', () => {
    expect(readResult(undefined, 'critical')).toEqual({
      status: 'ok',
      message: null,
      details: null,
    })
  })

  it('may be a status, or a finding', () => {
    expect(readResult('degraded', 'critical').status).toBe('degraded')
    expect(readResult('unknown', 'critical').status).toBe('unknown')
    const finding = { status: 'ok', message: 'fine', details: { n: 1 } } as const
    expect(readResult(finding, 'critical')).toEqual(finding)
  })

  it.each([
    false,
    true,
    null,
    0,
    1,
    '',
    'OK',
    'healthy',
    {},
    { status: 'fine' },
    { ok: true },
    { status: 'ok', message: 7 },
    { status: 'ok', details: 'many' },
  ])('is a failure when it is %j, which is no result', (value) => {
    expect(readResult(value, 'critical')).toMatchObject({
      status: 'critical',
      message: expect.stringContaining('which is no result of a check'),
    })
  })

  it('never amounts to more than onFail', () => {
    expect(readResult('critical', 'degraded').status).toBe('degraded')
    expect(readResult({ status: 'critical', message: 'full' }, 'degraded')).toMatchObject({
      status: 'degraded',
      message: 'full',
    })
    expect(readResult(null, 'degraded').status).toBe('degraded')
    expect(readResult('unknown', 'degraded').status).toBe('unknown')
  })

  it('is what onFail says when it throws, whatever is thrown', () => {
    expect(readError(new Error('no route'), 'critical')).toEqual({
      status: 'critical',
      message: 'no route',
      details: null,
    })
    expect(readError('plain', 'degraded')).toMatchObject({ status: 'degraded', message: 'plain' })
    expect(readError(undefined, 'degraded')).toMatchObject({ message: 'undefined' })
    expect(readError(null, 'degraded')).toMatchObject({ message: 'null' })
  })

  it('says what a failure was caused by', () => {
    const cause = Object.assign(new Error(''), { code: 'ECONNREFUSED' })
    const error = new Error('fetch failed', { cause })
    expect(readError(error, 'critical').message).toBe('fetch failed: ECONNREFUSED')
    const ring = new Error('ring')
    ring.cause = ring
    expect(readError(ring, 'critical').message).toBe('ring: ring: ring')
  })
})
