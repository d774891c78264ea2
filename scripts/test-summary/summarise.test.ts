import { describe, expect, it } from 'vitest'
import { summarise, type Report } from './summarise.ts'

const path = 'packages/x/test-results/unit.json'

/** One file with a test of each of these outcomes, named a, b, c and so on. */
function report(...statuses: string[]): Report {
  const success = !statuses.includes('failed')
  const assertionResults = statuses.map((status, i) => ({ fullName: 'abc'.charAt(i), status }))
  const status = success ? 'passed' : 'failed'
  return { success, testResults: [{ name: 'x.test.ts', status, assertionResults }] }
}

const summary = (report: Report | null, isWhole = true) =>
  summarise([{ path, report }], { isWhole, isClean: true })

describe('the sum of the tests', () => {
  it('ends with one line that counts all reports', () => {
    const results = [report('passed', 'passed'), report('passed')].map((report) => ({
      path,
      report,
    }))
    expect(summarise(results, { isWhole: true, isClean: true })).toEqual({
      lines: ['3 passed, 0 failed'],
      failed: 0,
    })
  })

  it('names what failed and what was skipped before it', () => {
    expect(summary(report('passed', 'failed', 'pending'))).toEqual({
      lines: ['skipped: x.test.ts: c', 'failed: x.test.ts: b', '1 passed, 1 failed, 1 skipped'],
      failed: 1,
    })
  })

  it('counts a file that did not load as a failure', () => {
    const file = {
      name: 'x.test.ts',
      status: 'failed',
      message: 'no such module',
      assertionResults: [],
    }
    expect(summary({ success: false, testResults: [file] }).lines).toEqual([
      'failed: x.test.ts: no such module',
      '0 passed, 1 failed',
    ])
  })

  it('counts errors outside any test as a failure', () => {
    expect(summary({ ...report('passed'), success: false }).failed).toBe(1)
  })

  it('counts a missing report as a failure, unless only a part was to run', () => {
    expect(summary(null).lines).toEqual([
      `failed: ${path} is missing: these tests did not run, or broke off`,
      '0 passed, 1 failed',
    ])
    expect(summary(null, false).lines).toEqual(['0 passed, 0 failed'])
  })

  it('counts a failed check when no test failed with it', () => {
    const check = { isWhole: true, isClean: false }
    expect(summarise([{ path, report: report('passed') }], check).lines).toEqual([
      'failed: a check; the output above says which',
      '1 passed, 1 failed',
    ])
    expect(summarise([{ path, report: report('failed') }], check).failed).toBe(1)
  })

  it('passes an empty report, as a workspace without tests of this kind writes it', () => {
    expect(summary({ success: true, testResults: [] }).failed).toBe(0)
  })
})
