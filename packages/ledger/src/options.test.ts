import { describe, expect, it } from 'vitest'
import {
  checkedArchiveOptions,
  checkedLedgerOptions,
  checkedReadOptions,
  checkPath,
} from './options.ts'

describe('options', () => {
  it('have defaults', () => {
    expect(checkedLedgerOptions({})).toMatchObject({ lingerMs: 5, headMs: 1000 })
    expect(checkedReadOptions({})).toMatchObject({
      fromMs: -Infinity,
      toMs: Infinity,
      outcomesWithinMs: 604_800_000,
      spillDirectory: null,
    })
    expect(checkedArchiveOptions({ nowMs: 1 })).toMatchObject({
      keepMonths: 12,
      sealAfterMs: 3_600_000,
    })
  })

  it.each([
    [{ lingerMs: -1 }, 'lingerMs must be a number from 0 to 60000, got -1'],
    [{ headMs: 60_001 }, 'headMs must be a number from 0 to 60000, got 60001'],
    [{ waitingLimitBytes: 1.5 }, /^waitingLimitBytes must be an integer from 1048576/],
    [{ observe: 7 }, 'observe must be a function, got 7'],
    [{ lingersMs: 1 }, /^lingersMs is no option; options are lingerMs,/],
  ])('for writing are refused by name: %j', (options, message) => {
    expect(() => checkedLedgerOptions(options as object)).toThrow(message)
  })

  it.each([
    [{ fromMs: Number.NaN }, /^fromMs must be a number/],
    [{ fromMs: 5, toMs: 4 }, 'toMs must be a number from 5 to Infinity, got 4'],
    [{ outcomesWithinMs: 0 }, /^outcomesWithinMs must be a number from 1/],
    [{ spillDirectory: '' }, 'spillDirectory must be a path, got ""'],
    [{ onReject: null }, 'onReject must be a function, got null'],
    [{ from: 1 }, /^from is no option/],
    [{ fields: ['route'] }, 'fields must be an object, got an array of 1'],
    [{ fields: null }, 'fields must be an object, got null'],
    [{ fields: { decisions: [] } }, /^fields\.decisions is no kind of line/],
    [{ fields: { decision: 'route' } }, /^fields\.decision must be an array of names, got "route"/],
    [{ fields: { decision: ['route', 7] } }, /^fields\.decision\[1\] must be .*, got 7/],
    [
      { fields: { outcome: ['id'] } },
      /^fields\.outcome\[0\] must be .* other than v, kind, id, t, n, h, got "id"/,
    ],
    [{ fields: { outcome: ['\uD800'] } }, /^fields\.outcome\[0\] must be/],
  ])('for reading are refused by name: %j', (options, message) => {
    expect(() => checkedReadOptions(options as object)).toThrow(message)
  })

  it.each([
    [{}, /^nowMs must be an integer from 0/],
    [{ nowMs: 1, keepMonths: 0 }, 'keepMonths must be an integer from 1 to 1200, got 0'],
    [{ nowMs: 1, sealAfterMs: -1 }, /^sealAfterMs must be a number from 0/],
    [{ nowMs: 1, keepMonth: 1 }, /^keepMonth is no option/],
  ])('for archiving are refused by name: %j', (options, message) => {
    expect(() => checkedArchiveOptions(options as never)).toThrow(message)
  })

  it.each(['', 'a\0b', 7, null])('need a path: %j', (path) => {
    expect(() => checkPath(path)).toThrow(TypeError)
  })
})
