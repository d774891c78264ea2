import { describe, expect, it } from 'vitest'
import { patience } from './patience.ts'

const reason = new Error('no time')

describe('a lock', () => {
  it('is waited for as long as ever where nobody can hurry', () => {
    expect(patience(null).wait).toEqual({})
  })

  it('is waited for until someone must go, and from then on only tried', () => {
    const stop = new AbortController()
    const { signal } = patience(stop.signal).wait
    expect(signal?.aborted).toBe(false)
    stop.abort(reason)
    expect(signal?.reason).toBe(reason)
    expect(patience(stop.signal).wait).toEqual({ waitMs: 0 })
  })

  it('that is held already is not given up half way', () => {
    const stop = new AbortController()
    const { wait, end } = patience(stop.signal)
    end()
    stop.abort(reason)
    expect(wait.signal?.aborted).toBe(false)
  })
})
