import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { fill, lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from '../facts.ts'
import { NOON_MS } from '../rows.fixture.ts'
import { createSlotRecord } from './slot-record.ts'
import { readSlotSamples } from './slot-samples.ts'

const directory = scratch()
const missing = lacking({ programs: ['mount', 'umount'], root: true })

describe.skipIf(missing !== '')(`on a full disk${missing}`, () => {
  it('looks at slots cost nothing, are told, and are all written when there is room', async () => {
    const at = directory()
    run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at)
    try {
      const clock = new VirtualClock(NOON_MS)
      const { all: facts, observe } = recordedFacts<PromotionFact>()
      const record = createSlotRecord({ directory: join(at, 'slots'), clock, observe })
      const say = async (status: string): Promise<void> => {
        record.record([{ slot: 'slot04', status }])
        await clock.advance(1_000)
      }
      await say('healthy')
      fill(join(at, 'ballast'))
      // Part of the first line fits into what is left of a block, and then nothing.
      const many = Array.from({ length: 100 }, (_, i) => `look ${i}`)
      for (const status of many) await say(status)
      expect(
        facts.map((fact) => fact.kind === 'promotion.slot-record-failed' && String(fact.error)),
      ).toEqual([expect.stringContaining('bytes were written'), expect.stringContaining('ENOSPC')])
      rmSync(join(at, 'ballast'))
      await say('healthy')
      const samples = await readSlotSamples(join(at, 'slots'), {
        fromMs: NOON_MS,
        toMs: clock.wallMs(),
      })
      expect(new Set(samples.map(({ status }) => status))).toEqual(new Set(['healthy', ...many]))
    } finally {
      run('umount', at)
    }
  })
})
