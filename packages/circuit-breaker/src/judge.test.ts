import { describe, expect, it } from 'vitest'
import { createBreaker, defaultJudge, failureKindOf } from './index.ts'

const coded = (code: string): Error => Object.assign(new Error(code), { code })

describe('without a judge', () => {
  it('every value is a success', () => {
    expect(
      [undefined, null, false, new Error('x')].map((value) => defaultJudge({ value })),
    ).toEqual(['success', 'success', 'success', 'success'])
  })

  it.each([
    ['timeout', new DOMException('late', 'TimeoutError')],
    ['timeout', coded('ETIMEDOUT')],
    ['timeout', coded('UND_ERR_HEADERS_TIMEOUT')],
    ['timeout', coded('UND_ERR_BODY_TIMEOUT')],
    ['timeout', coded('CALL_TIMEOUT')],
    ['timeout', new TypeError('fetch failed', { cause: coded('UND_ERR_CONNECT_TIMEOUT') })],
    ['timeout', Object.assign(new Error('late'), { isTaskCancelledError: true })],
    ['rejection', coded('CIRCUIT_OPEN')],
    ['rejection', coded('EOPENBREAKER')],
    ['rejection', coded('ESEMLOCKED')],
    ['rejection', Object.assign(new Error('full'), { isBulkheadRejectedError: true })],
    ['rejection', Object.assign(new Error('open'), { isBrokenCircuitError: true })],
    ['resource-exhausted', Object.assign(new Error('slow down'), { status: 429 })],
    ['resource-exhausted', Object.assign(new Error('slow down'), { statusCode: 429 })],
    ['resource-exhausted', coded('EMFILE')],
    ['error', coded('ECONNREFUSED')],
    ['error', Object.assign(new Error('broken'), { status: 500 })],
    ['error', 'a text'],
    ['error', null],
    ['error', undefined],
  ] as const)('is %s: %o', (kind, error) => {
    expect(failureKindOf(error)).toBe(kind)
  })

  it('a ring of causes has an end', () => {
    const error = new Error('x')
    error.cause = error
    expect(failureKindOf(error)).toBe('error')
  })

  it('the refusal of a breaker inside is no failure of the one outside', async () => {
    const inner = createBreaker({ name: 'inner', openMs: 1_000 })
    const outer = createBreaker({ name: 'outer', openMs: 1_000 })
    inner.trip({ reason: 'for the test' })
    const both = outer.run(() => inner.run(() => 1))
    await expect(both).rejects.toMatchObject({ breaker: 'inner' })
    expect(outer.reading().calls).toBe(0)
  })
})
