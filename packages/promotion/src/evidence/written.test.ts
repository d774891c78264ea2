import { describe, expect, it } from 'vitest'
import { judge } from '../gates/judge.ts'
import { input, report, row, shadowRow, times } from '../rows.fixture.ts'
import { CSV_HEADER, csvLine } from './csv.ts'
import { reportMarkdown } from './markdown.ts'

describe('the table of decisions', () => {
  it('has the five columns, empty where nothing is known', () => {
    expect(CSV_HEADER).toBe('id,t,live_route,shadow_argmax,rollback\n')
    expect(csvLine(row())).toBe('d1,2026-11-19T21:05:00.000Z,R1,R1,0\n')
    expect(csvLine(shadowRow({ shadow: null, deployment: null }))).toBe(
      'd1,2026-11-19T21:05:00.000Z,,,\n',
    )
  })

  it('quotes what must be quoted, and hands no formula to a spreadsheet', () => {
    expect(csvLine(row({ id: 'a"b,c' }))).toContain('"a""b,c",')
    expect(csvLine(row({ id: '=HYPERLINK(1)' }))).toMatch(/^'=HYPERLINK/)
  })
})

describe('a report for people', () => {
  it('tells verdict, gates, figures, routes and value, or why there is none', () => {
    const found = report([...times(20, () => row()), shadowRow({ route: 'a|b' })])
    const text = reportMarkdown(found, judge(input(found)))
    expect(text).toContain('Verdict: **go**')
    expect(text).toContain('| rsi | go | 1 | 0.85 | 20 |')
    expect(text).toContain('| decisions | 21 |')
    expect(text).toContain(String.raw`a\|b`)
    expect(text).toContain('No estimate is given: effective sample size')
  })

  it('is whole without any decision', () => {
    const text = reportMarkdown(report([]), judge(input(report([]))))
    expect(text).toContain('Verdict: **no-go**')
    expect(text).not.toMatch(/NaN|null|undefined/)
  })
})
