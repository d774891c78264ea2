import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts, seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from '../facts.ts'
import { judge } from '../gates/judge.ts'
import { DAY_MS, input, NOON_MS, report, row, times } from '../rows.fixture.ts'
import { wallClock, type WallClock } from '../wall-clock.fixture.ts'
import { readReceipt } from './files.ts'
import { summaryOf, type ReceiptBody } from './receipt.ts'
import { createReceipts, type Receipts } from './receipts.ts'
import { replayReceipt, verifyReceipts } from './verify.ts'

const directory = scratch()
const inputs = input(report(times(200, () => row())))

function body(change: Partial<ReceiptBody> = {}): ReceiptBody {
  return {
    action: 'promote',
    stage: '25',
    pilot: '0.25',
    app_url: 'https://app.example',
    runbook_url: 'https://app.example/runbook',
    env: { NOVA_ANR_ENABLED: '1' },
    summary: summaryOf(inputs),
    build_sha: 'abc1234',
    env_snapshot_path: null,
    env_snapshot: {},
    reason: 'all gates are green',
    by: 'daily',
    code_version: '1.0.0',
    inputs,
    verdict: judge(inputs),
    ...change,
  }
}

function open(key?: string): {
  readonly receipts: Receipts
  readonly path: string
  readonly clock: WallClock
  readonly facts: ReturnType<typeof recordedFacts<PromotionFact>>
} {
  const path = join(directory(), 'ops', 'logs')
  const clock = wallClock(NOON_MS)
  const facts = recordedFacts<PromotionFact>()
  const random = seededRandom('receipts')
  const options = { directory: path, clock, random, observe: facts.observe }
  return { receipts: createReceipts({ ...options, ...(key && { key }) }), path, clock, facts }
}

const namesIn = (path: string): string[] =>
  readdirSync(path)
    .filter((name) => name.startsWith('anr_'))
    .toSorted()

describe('a receipt', () => {
  it('has a name with time and number, and the fields that the operators know', async () => {
    const { receipts, path } = open()
    const first = await receipts.write(body())
    const second = await receipts.write(body())
    expect([first.file, second.file]).toEqual([
      'anr_20261120_090500_000001.json',
      'anr_20261120_090500_000002.json',
    ])
    const bytes = readFileSync(join(path, first.file))
    expect(bytes[0]).toBe('{'.codePointAt(0))
    const kept = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>
    for (const field of [
      'action',
      'stage',
      'pilot',
      'ts',
      'app_url',
      'runbook_url',
      'env',
      'summary',
      'build_sha',
      'env_snapshot_path',
    ]) {
      expect(kept).toHaveProperty(field)
    }
    expect(kept['ts']).toBe('2026-11-20T09:05:00+00:00')
    expect(kept['summary']).toEqual({
      source: 'ledger',
      lookback_min: 1440,
      count: 200,
      live_rate: 1,
      rsi: 1,
      rollbacks: 0,
      tri_median: 0.1,
    })
    expect(second.receipt.previous_hash).toBe(first.receipt.hash)
  })

  it('holds no secret', async () => {
    const { receipts, path } = open()
    const env_snapshot = { NOVA_API_TOKEN: 'hunter2', NOVA_DB: 'redis://nova:hunter2@db:6379/0' }
    const reason = 'called with Bearer hunter2hunter2'
    const { file } = await receipts.write(body({ env_snapshot, reason }))
    const text = readFileSync(join(path, file), 'utf8')
    expect(text).not.toContain('hunter2')
    expect(text).toContain('redis://[removed]@db:6379/0')
    expect((await verifyReceipts(path)).isWhole).toBe(true)
  })

  it('is replayed offline to the same verdict', async () => {
    const { receipts, path } = open()
    const { file } = await receipts.write(body())
    const kept = await readReceipt(join(path, file))
    expect(replayReceipt(kept)).toMatchObject({ isSame: true, recomputed: { verdict: 'go' } })
  })

  it('shows in the replay when the verdict does not follow from its inputs', async () => {
    const { receipts, path } = open()
    const forged = { ...judge(input(report([]))), verdict: 'go' as const }
    const { file } = await receipts.write(body({ verdict: forged }))
    const kept = await readReceipt(join(path, file))
    expect((await verifyReceipts(path)).isWhole).toBe(true)
    expect(replayReceipt(kept).isSame).toBe(false)
  })

  it('without a verdict has nothing to replay', async () => {
    const { receipts } = open()
    const { receipt } = await receipts.write(body({ inputs: null, verdict: null, summary: null }))
    expect(replayReceipt(receipt)).toEqual({ isSame: true, recorded: null, recomputed: null })
  })
})

const written = async (count: number, key?: string) => {
  const opened = open(key)
  for (let i = 0; i < count; i += 1) await opened.receipts.write(body({ reason: `number ${i}` }))
  return { ...opened, names: namesIn(opened.path) }
}
const change = (path: string, from: string, to: string): void =>
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))

describe('the chain of receipts', () => {
  it('is whole when nothing was touched, and when there is nothing', async () => {
    const { path } = await written(3)
    expect(await verifyReceipts(path)).toMatchObject({ isWhole: true, receipts: 3, flaws: [] })
    expect((await verifyReceipts(directory())).isWhole).toBe(true)
  })

  it('is not whole where there is no directory: all of it may have been taken away', async () => {
    const path = join(directory(), 'none')
    expect(await verifyReceipts(path)).toMatchObject({
      isWhole: false,
      receipts: 0,
      flaws: [{ file: path, reason: 'is not there' }],
    })
  })

  it('is not checked with a misspelt option', async () => {
    const { path } = await written(1)
    await expect(verifyReceipts(path, { kye: 'k' } as never)).rejects.toThrow('kye is no option')
    await expect(verifyReceipts(path, { key: '' })).rejects.toThrow('key must be text')
    await expect(verifyReceipts(5 as never)).rejects.toThrow('directory must be text')
  })

  it.each<readonly [string, (path: string, names: readonly string[]) => void, string]>([
    ['changed', (path, [, b = '']) => change(join(path, b), 'number 1', 'number 9'), 'was changed'],
    ['removed', (path, [, b = '']) => rmSync(join(path, b)), 'comes where 2 should'],
    ['removed at the end', (path, names) => rmSync(join(path, names[2] ?? '')), 'goes to 3'],
    [
      'renamed',
      (path, [, b = '']) =>
        renameSync(join(path, b), join(path, 'anr_20261121_090500_000002.json')),
      'has another name',
    ],
    ['cut short', (path, [, b = '']) => writeFileSync(join(path, b), '{"half'), ''],
    [
      'copied',
      (path, [a = '']) =>
        writeFileSync(join(path, 'anr_20261120_090500_000004.json'), readFileSync(join(path, a))),
      'has another name',
    ],
    ['robbed of its head', (path) => rmSync(join(path, 'receipts-head.json')), 'is missing'],
  ])('shows when a receipt was %s', async (_, harm, reason) => {
    const { path, names } = await written(3)
    harm(path, names)
    const { isWhole, flaws } = await verifyReceipts(path)
    expect(isWhole).toBe(false)
    expect(flaws.map((flaw) => flaw.reason).join()).toContain(reason)
  })

  it('shows with a key when someone wrote the chain anew without it', async () => {
    const { path } = await written(2, 'a secret')
    expect((await verifyReceipts(path, { key: 'a secret' })).isWhole).toBe(true)
    expect((await verifyReceipts(path, { key: 'another' })).flaws[0]?.reason).toBe(
      'is signed with another key',
    )
    const { path: unsigned } = await written(1)
    expect((await verifyReceipts(unsigned, { key: 'a secret' })).flaws[0]?.reason).toBe(
      'is not signed',
    )
  })

  it('goes on after a crash between a receipt and its head', async () => {
    const { path, receipts } = await written(2)
    const head = readFileSync(join(path, 'receipts-head.json'))
    await receipts.write(body())
    writeFileSync(join(path, 'receipts-head.json'), head)
    expect((await verifyReceipts(path)).isWhole).toBe(true)
    expect((await receipts.write(body())).receipt.seq).toBe(4)
    expect(await verifyReceipts(path)).toMatchObject({ isWhole: true, receipts: 4 })
  })

  it('is not gone on with after a receipt that was changed where a crash left it', async () => {
    const { path, receipts } = await written(2)
    const head = readFileSync(join(path, 'receipts-head.json'))
    const { path: last } = await receipts.write(body())
    writeFileSync(join(path, 'receipts-head.json'), head)
    writeFileSync(last, readFileSync(last, 'utf8').replace('"by": "', '"by": "not '))
    await expect(receipts.write(body())).rejects.toMatchObject({
      code: 'RECEIPT_CHAIN',
      message: expect.stringContaining('was changed after it was written'),
    })
    expect(namesIn(path)).toHaveLength(3)
  })

  it('is not gone on with when strange receipts are there', async () => {
    const { path, receipts, names } = await written(2)
    writeFileSync(
      join(path, 'anr_20261120_090500_000003.json'),
      readFileSync(join(path, names[0] ?? '')),
    )
    await expect(receipts.write(body())).rejects.toMatchObject({ code: 'RECEIPT_CHAIN' })
    expect(namesIn(path)).toHaveLength(3)
  })

  it('loses receipts older than 90 days from its beginning only, and is whole afterwards', async () => {
    const { path, receipts, clock } = await written(3)
    expect(await receipts.prune()).toEqual({ removed: 0 })
    clock.setWallMs(NOON_MS + 60 * DAY_MS)
    await receipts.write(body())
    clock.setWallMs(NOON_MS + 91 * DAY_MS)
    expect(await receipts.prune()).toEqual({ removed: 3 })
    expect(await verifyReceipts(path)).toMatchObject({ isWhole: true, receipts: 1 })
    clock.setWallMs(NOON_MS + 900 * DAY_MS)
    expect(await receipts.prune()).toEqual({ removed: 0 })
    expect((await receipts.write(body())).receipt.seq).toBe(5)
    expect((await verifyReceipts(path)).isWhole).toBe(true)
  })

  it('tells a file that is no receipt', async () => {
    const { path } = await written(1)
    writeFileSync(join(path, 'anr_20261120_090500_000002.json'), '{}')
    await expect(readReceipt(join(path, 'anr_20261120_090500_000002.json'))).rejects.toMatchObject({
      code: 'RECEIPT_FORM',
    })
    expect((await verifyReceipts(path)).isWhole).toBe(false)
  })
})
