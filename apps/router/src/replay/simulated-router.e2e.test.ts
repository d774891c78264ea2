import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../cli.fixture.ts'
import type { Report } from './tally.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulated-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a simulated learner', () => {
  it.each([[[]], [['--prior-half']]])(
    'of the same half-life gets, over hours, exactly what the router got through HTTP %j',
    async (more) => {
      const args = [
        '--once',
        '--json',
        '--scenario',
        'outage',
        '--limit',
        '400',
        '--concurrency',
        '1',
      ]
      const { out } = await runCli([...args, ...more, '--data-dir', join(folder, 'data')])
      const { outage } = JSON.parse(out) as Report
      if (outage === null) throw new Error('the report must tell of the outage')
      const same = outage.halfLives.find(({ hours }) => hours === outage.halfLifeHours)
      expect(same?.before).toBeCloseTo(outage.before.learner, 12)
      expect(same?.after).toBeCloseTo(outage.after.learner, 12)
      expect(same?.recoveredAfter).toBe(outage.recoveredAfter.learner)
      expect(same?.after).not.toBeCloseTo(outage.after.noForgetting, 12)
    },
    60_000,
  )
})
