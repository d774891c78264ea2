import { closeSync, ftruncateSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from '../facts.ts'
import { start } from '../process.fixture.ts'
import { DAY_MS } from '../rows.fixture.ts'
import { readSlotSamples } from './slot-samples.ts'

const directory = scratch()
const LOOKS = 500

async function samplesIn(at: string) {
  const nowMs = systemClock.wallMs()
  const { all: facts, observe } = recordedFacts<PromotionFact>()
  const window = { fromMs: nowMs - DAY_MS, toMs: nowMs + DAY_MS }
  return { samples: await readSlotSamples(at, window, { observe }), facts }
}

describe('two processes that keep a record of the same slots', () => {
  it('lose no line and tear none, and each ends in good order', async () => {
    const at = directory()
    await using one = start('slot-writer.fixture.ts', [at, String(LOOKS)])
    await using two = start('slot-writer.fixture.ts', [at, String(LOOKS)])
    const writers = (await Promise.all([one.hear(), two.hear()])).map(({ writer }) => writer)
    await Promise.all([one.end(), two.end()])
    const { samples, facts } = await samplesIn(at)
    expect(facts).toEqual([])
    for (const writer of writers) {
      const own = samples.filter((sample) => sample.writer === writer)
      expect(own).toHaveLength(LOOKS + 1)
      expect(own.filter(({ isLast }) => isLast)).toHaveLength(1)
    }
  })

  it('go on after one of them was killed in the middle of a line', async () => {
    const at = directory()
    await using one = start('slot-writer.fixture.ts', [at, '3'])
    await one.hear()
    await one.kill()
    const [file = ''] = readdirSync(at)
    const handle = openSync(join(at, file), 'r+')
    ftruncateSync(handle, statSync(join(at, file)).size - 20)
    closeSync(handle)
    await using two = start('slot-writer.fixture.ts', [at, '3'])
    const { writer } = await two.hear()
    const { samples, facts } = await samplesIn(at)
    expect(samples.filter((sample) => sample.writer !== writer)).toHaveLength(2)
    expect(samples.filter((sample) => sample.writer === writer)).toHaveLength(3)
    expect(samples.some(({ isLast }) => isLast)).toBe(false)
    expect(facts).toMatchObject([{ kind: 'promotion.slot-lines-malformed', lines: 1 }])
  })
})
