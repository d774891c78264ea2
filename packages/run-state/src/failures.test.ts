import { describe, expect, it } from 'vitest'
import { failedAgain, parseFailures, printFailures, type RunFailure } from './failures.ts'

const list: readonly RunFailure[] = [
  { run: 106, attempts: 2, failedAtMs: 1_763_722_800_000, isPermanent: false },
  { run: 9, attempts: 1, failedAtMs: 0, isPermanent: true },
]

describe('a run that fails', () => {
  it('has one try more each time', () => {
    const first = failedAgain(undefined, 106, 1000, false)
    expect(first).toEqual({ run: 106, attempts: 1, failedAtMs: 1000, isPermanent: false })
    expect(failedAgain(first, 106, 2000, false)).toMatchObject({ attempts: 2, failedAtMs: 2000 })
  })

  it('is counted once when the same result is taken in twice', () => {
    const first = failedAgain(undefined, 106, 1000, false)
    expect(failedAgain(first, 106, 1000, false)).toEqual(first)
  })
})

describe('failures as text', () => {
  it('are in order, and come back whole', () => {
    const text = printFailures(list)
    expect(text).toBe('9/1/0/permanent 106/2/1763722800000')
    expect(parseFailures(text)).toEqual(new Map(list.toReversed().map((one) => [one.run, one])))
  })

  it('are nothing when there are none', () => {
    expect([printFailures([]), parseFailures('')]).toEqual(['', new Map()])
  })

  it('that nobody printed are refused', () => {
    const bad = ['106', '106/1', '106/x/0', '106/1/0/perm', '1/1/0  2/1/0', '-1/1/0']
    expect(bad.filter((text) => !('problem' in parseFailures(text)))).toEqual([])
  })
})
