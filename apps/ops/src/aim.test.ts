import { describe, expect, it } from 'vitest'
import { aimOf } from './aim.ts'

const data = {
  next: ['holdfast status', 'npm start', 'holdfast state show --data-dir other'],
  missing: [{ what: 'no report', next: 'holdfast report daily --out' }],
  reason: 'holdfast status',
  code: null,
}

describe('what is advised', () => {
  it('names the data directory and the configuration that were named, wherever it stands', () => {
    expect(aimOf({ dataDir: 'run/my demo', config: 'h.json' })(data)).toEqual({
      next: [
        "holdfast status --data-dir 'run/my demo' --config h.json",
        'npm start',
        'holdfast state show --data-dir other',
      ],
      missing: [
        {
          what: 'no report',
          next: "holdfast report daily --out --data-dir 'run/my demo' --config h.json",
        },
      ],
      reason: 'holdfast status',
      code: null,
    })
  })

  it('is as it was where neither was', () => {
    expect(aimOf({})(data)).toBe(data)
  })
})
