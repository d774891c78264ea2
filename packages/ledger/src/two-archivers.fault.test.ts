import { seededRandom, systemClock, systemRandom } from '@holdfast/seams'
import { run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { Archived } from './archive.ts'
import { filesIn } from './files.fixture.ts'
import { DAY_MS, decision, idsIn, ledgerAt, NOON_MS } from './lines.fixture.ts'
import { SCRIPT, start } from './process.fixture.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()
const seed = systemRandom.hex(12)
const DAYS = 20

/** A ledger of so many days, with lines enough that packing takes its time. */
async function ledgerOfDays(): Promise<{ at: string; ids: string[]; nowMs: number }> {
  const at = directory()
  const { ledger, clock } = ledgerAt(at)
  const ids: string[] = []
  for (let day = 0; day < DAYS; day += 1) {
    const atMs = NOON_MS + day * DAY_MS
    clock.setWallMs(atMs)
    const some = Array.from({ length: 300 }, (_, i) => `${day}-${i}`)
    await Promise.all(some.map((id) => ledger.append(decision(id, atMs))))
    ids.push(...some)
  }
  await ledger.close()
  return { at, ids: ids.toSorted(), nowMs: NOON_MS + (DAYS + 2) * DAY_MS }
}

describe('archivers', () => {
  it('that begin at once do the work once, and who comes second says so', async () => {
    const { at, ids, nowMs } = await ledgerOfDays()
    const children = Array.from({ length: 4 }, () => start<Archived>('archive', at, String(nowMs)))
    const results = await Promise.all(children.map((child) => child.hear()))
    for (const { ended } of children) expect(await ended).toMatchObject({ code: 0 })
    const archived = results.flatMap((result) => (result.kind === 'done' ? result.archived : []))
    expect(archived.toSorted()).toEqual([...new Set(archived)].toSorted())
    expect(archived).toHaveLength(DAYS)
    expect(await idsIn(at)).toEqual(ids)
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: ids.length })
  })

  it(`that are killed at any moment leave a ledger that the next one finishes (seed ${seed})`, async () => {
    const random = seededRandom(seed)
    const { at, ids, nowMs } = await ledgerOfDays()
    for (let kills = 0; kills < 8; kills += 1) {
      const child = start('archive', at, String(nowMs))
      await systemClock.sleep(120 + random.integer(250))
      await child.kill()
      expect(await idsIn(at)).toEqual(ids)
      expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: ids.length })
    }
    run(process.execPath, SCRIPT, 'archive', at, String(nowMs))
    const files = filesIn(at)
    expect(files).toHaveLength(DAYS)
    expect(files.every((file) => /^archive\/2026-\d\d\/[^/]*\.ndjson\.zst$/.test(file))).toBe(true)
    expect(await idsIn(at)).toEqual(ids)
    expect(await verifyLedger(at)).toMatchObject({ isSound: true })
  })
})
