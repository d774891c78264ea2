import { describe, expect, it } from 'vitest'
import {
  failedAgain,
  parseFailures,
  printFailures,
  triedAnew,
  type RunFailure,
} from './failures.ts'

const list: readonly RunFailure[] = [
  { run: 106, attempts: 2, earlierAttempts: 0, failedAtMs: 1_763_722_800_000, isPermanent: false },
  { run: 9, attempts: 1, earlierAttempts: 0, failedAtMs: 0, isPermanent: true },
]

describe('a run that fails', () => {
  it('has one try more each time', () => {
    const first = failedAgain(undefined, 106, 1000, false)
    expect(first).toEqual({
      run: 106,
      attempts: 1,
      earlierAttempts: 0,
      failedAtMs: 1000,
      isPermanent: false,
    })
    expect(failedAgain(first, 106, 2000, false)).toMatchObject({
      attempts: 2,
      earlierAttempts: 0,
      failedAtMs: 2000,
    })
  })

  it('has one try more also within one millisecond', () => {
    const first = failedAgain(undefined, 106, 1000, false)
    expect(failedAgain(first, 106, 1000, false)).toMatchObject({ attempts: 2 })
  })
})

describe('a run that is to be tried anew', () => {
  it('has no tries, is not permanent, and what it had is kept', () => {
    const third = { run: 106, attempts: 3, earlierAttempts: 2, failedAtMs: 900, isPermanent: true }
    const anew = triedAnew(third)
    expect(anew).toEqual({ ...third, attempts: 0, earlierAttempts: 5, isPermanent: false })
    const next = failedAgain(anew, 106, 1000, false)
    expect(next).toMatchObject({ attempts: 1, earlierAttempts: 5, failedAtMs: 1000 })
    const map = new Map([next, third].map((one) => [one.run, one]))
    for (const one of [next, third])
      expect(parseFailures(printFailures([one]))).toEqual(map.set(106, one))
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
    const misplaced = ['0/1/0', '2/1/0 1/1/0', '7/1/0 7/2/0', '7/1/0/x/permanent']
    expect([...bad, ...misplaced].filter((text) => !('problem' in parseFailures(text)))).toEqual([])
  })
})
