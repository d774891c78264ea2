import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHealth } from '@holdfast/health'
import { readSlotSamples } from '@holdfast/promotion'
import { fanOut, ignore } from '@holdfast/seams'
import { VirtualClock } from '@holdfast/seams/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { RouterFact } from '../tell/facts.ts'
import { watchSlots, type SlotWatch } from './slot-watch.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A slot of one check that says what `state` says. */
async function watched() {
  const directory = mkdtempSync(join(tmpdir(), 'slots-'))
  folders.push(directory)
  const clock = new VirtualClock()
  const startMs = clock.wallMs()
  const state = { isWell: true }
  let watch: SlotWatch | null = null
  const observe = fanOut<RouterFact>((fact) => watch?.hear(fact))
  const health = createHealth({ clock, observe })
  health.add('disk', () => (state.isWell ? 'ok' : 'critical'), {
    everyMs: 1_000,
    maxAgeMs: 0,
    failAfter: 1,
    okAfter: 1,
  })
  watch = watchSlots({ directory, health, slots: { slot04: ['disk'] }, clock, observe: ignore })
  health.start()
  await watch.start()
  const said = async () =>
    (await readSlotSamples(directory, { fromMs: startMs, toMs: startMs + 200_000 })).map(
      ({ status, atMs, isLast }) => [status, atMs - startMs, isLast],
    )
  return { clock, state, watch, health, said }
}

describe('what the slots say', () => {
  it('is recorded from the first look on, at each change, and every minute', async () => {
    const { clock, state, watch, health, said } = await watched()
    await clock.advance(70_000)
    state.isWell = false
    await clock.advance(1_000)
    state.isWell = true
    await clock.advance(1_000)
    watch.close()
    await health.stop()
    expect(await said()).toEqual([
      ['healthy', 0, false],
      ['healthy', 60_000, false],
      ['critical', 71_000, false],
      ['healthy', 72_000, false],
      ['healthy', 72_000, true],
    ])
  })

  it('is not recorded after the end', async () => {
    const { clock, state, watch, health, said } = await watched()
    watch.close()
    state.isWell = false
    await clock.advance(120_000)
    await health.stop()
    expect((await said()).at(-1)).toEqual(['healthy', 0, true])
  })
})
