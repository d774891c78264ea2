import { describe, expect, it } from 'vitest'
import { judge } from '../gates/judge.ts'
import { lackingToLeave } from '../rollout/dwell.ts'
import { dwellRules } from '../daily/options.ts'
import { day, DAY_MS, input, NOON_MS, report, row, times } from '../rows.fixture.ts'
import { isDailyReport } from './report-form.ts'
import type { DailyReport } from './report.ts'

/** As it comes out of a file. */
const kept = (found: DailyReport): DailyReport => JSON.parse(JSON.stringify(found)) as DailyReport
const whole = kept(report(day(2_000, 'kept')))

/** Every place of a value: the names on the way there. */
function placesOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]]
  const inner = Object.entries(value).flatMap(([name, one]) => placesOf(one, [...path, name]))
  return path.length === 0 ? inner : [[...path], ...inner]
}

/** A copy with something else in one place; undefined: nothing. */
function changed(path: readonly string[], other: unknown): unknown {
  const copy: unknown = kept(whole)
  let at = copy as Record<string, unknown>
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>
  at[path.at(-1) ?? ''] = other
  return JSON.parse(JSON.stringify(copy))
}

describe('a report that was kept', () => {
  it('is one as it was written, with much evidence and with none', () => {
    for (const found of [whole, kept(report([])), kept(report(times(20, () => row())))]) {
      expect(isDailyReport(found)).toBe(true)
    }
  })

  it.each([
    ['nothing', null],
    ['a text', 'report'],
    ['a list', []],
    ['one without figures', { ...whole, quality: {}, fast_cap: {}, tri: {} }],
    ['one of another version', { ...whole, version: 2 }],
    ['one of no time', { ...whole, window: { from: 'x', to: 'y' } }],
    ['one in which more agree than were live', { ...whole, agreeing: whole.live_decisions + 1 }],
    ['one with a text for a number', { ...whole, rsi: '0.9' }],
  ])('is none if it is %s', (_name, value) => {
    expect(isDailyReport(value)).toBe(false)
  })

  it('is judged without an accident if it is taken for one, whatever was put or left out where', () => {
    const others = [undefined, null, 'x', -1, 0, 0.5, 1e300, true, [], {}]
    let taken = 0
    for (const path of placesOf(whole)) {
      for (const other of others) {
        const found = changed(path, other)
        if (!isDailyReport(found)) continue
        taken += 1
        for (const mode of ['runbook', 'statistical'] as const) {
          const { gates } = judge(input(found, { mode }))
          expect([path, other, gates.length]).toEqual([path, other, 9])
        }
        const state = { stage: 25, sinceMs: NOON_MS - 30 * DAY_MS, redAtMs: null } as const
        expect(lackingToLeave(state, found, dwellRules(), NOON_MS)).toBeInstanceOf(Array)
      }
    }
    expect(taken).toBeGreaterThan(100)
  })
})
