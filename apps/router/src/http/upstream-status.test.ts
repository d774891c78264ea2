import { describe, expect, it } from 'vitest'
import { judgeStatus } from './upstream-status.ts'

describe('the status of an upstream', () => {
  it.each([400, 413, 422])('%i is the request’s fault and goes on as it is', (status) => {
    expect(judgeStatus(status)).toEqual({ isRouteFailure: false, answerAs: status })
  })

  it.each([408, 429])('%i blames the route and goes on as it is', (status) => {
    expect(judgeStatus(status)).toEqual({ isRouteFailure: true, answerAs: status })
  })

  it.each([204, 302, 304, 401, 402, 403, 404, 407, 500, 503])('%i is a bad gateway', (status) => {
    expect(judgeStatus(status)).toEqual({ isRouteFailure: true, answerAs: 502 })
  })
})
