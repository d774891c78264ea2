import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { asked, said } from '../fixtures/rollout-calls.fixture.ts'
import type { ReceiptsListed } from './receipts-list.ts'
import type { ReceiptsPruned } from './receipts-prune.ts'
import type { ReceiptsReplayed } from './receipts-replay.ts'
import type { ReceiptShown } from './receipts-show.ts'
import type { ReceiptsVerified } from './receipts-verify.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

const folderOf = ({ dataDir }: Place): string => join(dataDir, 'ops', 'logs')
const names = (place: Place): string[] =>
  readdirSync(folderOf(place))
    .filter((name) => name.startsWith('anr_'))
    .toSorted()

/** Puts another text into the last receipt. */
function forge(place: Place, from: string, to: string): void {
  const path = join(folderOf(place), names(place).at(-1) ?? '')
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
}

describe('holdfast receipts', () => {
  it('lists the last ones, those of one kind, and one that is broken as such', async () => {
    const place = places.fresh()
    await said('promote auto', place)
    const all = await asked<ReceiptsListed>('receipts list', place)
    expect(all.data.receipts.map(({ action }) => action)).toEqual(['stage', 'hold', 'promote'])
    const holds = await asked<ReceiptsListed>('receipts list --action hold', place)
    expect(holds.data.receipts.map(({ seq }) => seq)).toEqual([2])
    const [first = ''] = names(place)
    writeFileSync(join(folderOf(place), first), '{}')
    const { code, out } = await said('receipts list --last 3', place)
    expect([code, out]).toEqual([0, expect.stringMatching(/^ 1 +– +broken/m)])
  })

  it('shows one by number, by file or the last: what, why, by whom and on what evidence', async () => {
    const place = places.fresh()
    const last = await asked<ReceiptShown>('receipts show', place)
    expect(last.data.receipt).toMatchObject({ seq: 2, action: 'hold', by: 'the daily job' })
    const file = await asked<ReceiptShown>(`receipts show ${names(place)[0]}`, place)
    expect(file.data.receipt).toMatchObject({ seq: 1, reason: 'first users' })
    const none = await asked('receipts show 7', place)
    expect([none.code, none.error.message]).toEqual([3, expect.stringContaining('the last is 2')])
  })

  it('are not found where nothing has happened yet, and missing where something has', async () => {
    const place = places.fresh()
    rmSync(folderOf(place), { recursive: true })
    expect((await said('receipts verify', place)).code).toBe(8)
    const rollout = join(place.dataDir, 'rollout')
    for (const name of readdirSync(rollout)) rmSync(join(rollout, name), { recursive: true })
    // As a router leaves it that nobody has moved.
    mkdirSync(join(rollout, 'workers'))
    expect((await said('receipts verify', place)).code).toBe(3)
  })

  it('are verified: whole with 0, changed or taken away with 8 and which', async () => {
    const place = places.fresh()
    const whole = await asked<ReceiptsVerified>('receipts verify', place)
    expect([whole.code, whole.data.isWhole, whole.data.receipts]).toEqual([0, true, 2])
    forge(place, 'the daily job', 'someone else')
    const { code, data } = await asked<ReceiptsVerified>('receipts verify', place)
    expect([code, data.flaws[0]?.reason]).toEqual([8, 'was changed after it was written'])
    rmSync(join(folderOf(place), names(place)[1] ?? ''))
    expect((await said('receipts verify', place)).out).toContain('the chain goes to 2')
  })

  it('are signed and verified with the key of the environment, which is shown to nobody', async () => {
    const place = places.fresh()
    rmSync(folderOf(place), { recursive: true })
    const call = { env: { HOLDFAST_RECEIPT_KEY: 'a long secret' } }
    await said('freeze', place, call)
    expect((await said('receipts verify', place, call)).code).toBe(0)
    const other = { env: { HOLDFAST_RECEIPT_KEY: 'another' } }
    expect((await said('receipts verify', place, other)).code).toBe(8)
    expect((await said('doctor', place, call)).out).toContain('their chain is whole')
    const doctor = await said('doctor', place, other)
    expect([doctor.code, doctor.out]).toEqual([
      8,
      expect.stringMatching(/problem +receipts +.*is signed with another key/),
    ])
    const [name = ''] = names(place)
    expect(readFileSync(join(folderOf(place), name), 'utf8')).not.toContain('a long secret')
  })

  it('are judged again: the same with 0, another verdict with 8', async () => {
    const place = places.fresh()
    const { code, data } = await asked<ReceiptsReplayed>('receipts replay', place)
    expect([code, data.judged, data.differing]).toEqual([0, 1, 0])
    forge(place, '"verdict": "no-go"', '"verdict": "go"')
    const forged = await asked<ReceiptsReplayed>('receipts replay last', place)
    expect([forged.code, forged.data.differing]).toEqual([8, 1])
  })

  it('are judged again with 8 where the chain is broken, also if the verdict is the same', async () => {
    const place = places.fresh()
    forge(place, 'the daily job', 'someone else')
    const { code, data } = await asked<ReceiptsReplayed>('receipts replay last', place)
    const flaw = { file: names(place).at(-1), reason: 'was changed after it was written' }
    expect([code, data.differing, data.flaws]).toEqual([8, 0, [flaw]])
    expect((await said('receipts replay last', place)).out).toContain('The chain is broken')
  })

  it('are not pruned where the chain is broken, which is evidence', async () => {
    const place = places.fresh()
    forge(place, 'the daily job', 'someone else')
    expect((await said('receipts verify', place)).code).toBe(8)
    const before = names(place)
    expect((await said('receipts prune --older-than 1h --yes', place)).code).toBe(8)
    expect(names(place)).toEqual(before)
  })

  it('are pruned from the beginning after a yes, never the last, and stay a whole chain', async () => {
    const place = places.fresh()
    expect((await said('receipts prune --older-than 1h', place)).code).toBe(9)
    const dry = await asked<ReceiptsPruned>('receipts prune --older-than 1h --dry-run', place)
    expect([dry.data.files.length, dry.data.removed, names(place).length]).toEqual([1, 0, 2])
    const { code, data } = await asked<ReceiptsPruned>(
      'receipts prune --older-than 1h --yes',
      place,
    )
    expect([code, data.removed, names(place).length]).toEqual([0, 1, 1])
    expect((await said('receipts verify', place)).code).toBe(0)
    expect((await said('receipts prune', place)).out).toContain('No receipt is older than 90 d')
  })
})
