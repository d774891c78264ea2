import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli, startCli } from '../fixtures/cli.fixture.ts'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { setStage } from '../fixtures/evidence.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { asked, obeyingRouter, said } from '../fixtures/rollout-calls.fixture.ts'
import { play } from '../fixtures/world.fixture.ts'
import type { StatusShown } from '../status/shown.ts'
import { TREE } from '../tree.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

const status = (place: Place) => asked<StatusShown>('status', place)

describe('holdfast status', () => {
  it('says where the rollout stands, who obeys, what the gates say, and what to do next', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    await said('report daily --out', place)
    const { code, data } = await status(place)
    expect([code, data.rollout.kind, data.rollout.stage]).toEqual([0, 'rolling', 10])
    expect(data.routers).toMatchObject([{ pid: router.pid, pilot: 0.1, obeys: true }])
    expect(data.report).toMatchObject({ decisions: 3000, rsi: 0.9, rollbacks: 0 })
    expect([data.verdict, data.lacking]).toEqual(['go', []])
    expect(data.lastRun).toMatchObject({ action: 'hold' })
    expect(data.next[0]).toBe('holdfast promote auto --dry-run')
    expect(data.gates.find(({ gate }) => gate === 'slots')?.history).toEqual([4, 4])
  })

  it('says of an empty data directory what is missing and what brings it', async () => {
    const { folder } = places.fresh()
    const place = { folder, dataDir: join(folder, 'empty') }
    mkdirSync(place.dataDir)
    const { code, data } = await status(place)
    expect([code, data.rollout.kind, data.verdict, data.report]).toEqual([0, 'none', null, null])
    expect(data.missing.map(({ what }) => what)).toEqual([
      'no router runs',
      'no ledger yet, it comes with the first request',
      'no rollout yet',
    ])
    expect(data.next[0]).toBe('holdfast-router --config <file>')
    expect((await said('status', place)).out).toContain(
      'missing   no router runs: holdfast-router --config <file>',
    )
  })

  it('names a router that does not obey, with 10, and forgets one that was killed', async () => {
    const place = places.fresh()
    await using fixed = await obeyingRouter(place, 0.5)
    const other = await obeyingRouter(place)
    await other[Symbol.asyncDispose]()
    const { code, data } = await status(place)
    expect([code, data.routers.length]).toEqual([10, 1])
    expect(data.routers[0]).toMatchObject({ pid: fixed.pid, because: 'fixed', obeys: false })
    expect((await said('status', place)).out).toContain('GOES BY NO STAGE')
  })

  it('shows no router that hangs as one that obeys, whatever it said last', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    // By a clock a minute later, it gave no sign of life for that long.
    const clock = { ...systemClock, wallMs: () => systemClock.wallMs() + 60_000 }
    const env = { HOLDFAST_DATA_DIR: place.dataDir }
    const played = play(['status', '--json'], { tree: TREE, cwd: place.folder, env, clock })
    expect(await played.ended).toBe(10)
    const { data } = JSON.parse(played.out()) as { data: StatusShown }
    expect(data.routers).toMatchObject([
      { pid: router.pid, pilot: 0.1, stance: 'hangs', obeys: false },
    ])
  })

  it('says 8 and why when the journal cannot be trusted, and goes by what routers go by', async () => {
    const place = places.fresh()
    appendFileSync(join(place.dataDir, 'rollout', 'rollout-journal.ndjson'), 'nonsense\n')
    const { code, data } = await status(place)
    expect([code, data.rollout.stage]).toEqual([8, 10])
    expect(data.rollout.trouble).toContain('is no journal entry')
    expect(data.next).toEqual(['holdfast rollback --reason <text>', 'holdfast doctor'])
    await said('rollback', place)
    expect((await status(place)).data.rollout).toMatchObject({ kind: 'rolled-back', stage: 0 })
  })

  it('says 8 and why when routers cannot go by the state, and so let the guardrail answer', async () => {
    for (const harm of [rmSync, (file: string) => writeFileSync(file, '{')]) {
      const place = places.fresh()
      harm(join(place.dataDir, 'rollout', 'rollout.json'))
      const { code, data } = await asked<StatusShown>('status', place)
      expect([code, data.rollout.trouble]).toEqual([8, expect.stringContaining('so the guardrail')])
      expect(data.next).toEqual(['holdfast rollback --reason <text>', 'holdfast doctor'])
      expect((await asked('doctor', place)).code).toBe(8)
      expect((await asked('rollback', place)).code).toBe(0)
      expect((await asked<StatusShown>('status', place)).data.rollout.trouble).toBeNull()
    }
  })

  it('tells a freeze with its reason, and a lock whose holder is dead', async () => {
    const place = places.fresh()
    await runCli(['freeze', '--reason', 'looking into an alert'], place)
    const { data } = await status(place)
    expect(data.rollout).toMatchObject({ kind: 'frozen', frozen: 'looking into an alert' })
    expect(data.locks).toMatchObject([{ name: 'anr_autopromo', isDead: true }])
    expect(data.next).toEqual(['holdfast receipts show last', 'holdfast locks break anr_autopromo'])
  })

  it('tells the last run of the daily job, however much people have done since', async () => {
    const place = places.fresh()
    await runCli(['freeze', '--reason', 'x'], place)
    const directory = join(place.dataDir, 'ops', 'logs')
    const newest = readdirSync(directory)
      .filter((name) => name.startsWith('anr_'))
      .toSorted()
      .at(-1)
    for (let i = 101; i < 130; i += 1) {
      copyFileSync(
        join(directory, newest ?? ''),
        join(directory, `anr_20990101_000000_000${i}.json`),
      )
    }
    expect((await status(place)).data.lastRun).toMatchObject({ action: 'hold' })
  })

  it('tells the reason of a rollback and that of a freeze after it apart', async () => {
    const place = places.fresh()
    await runCli(['rollback', '--reason', 'wrong'], place)
    await runCli(['freeze', '--reason', 'until Monday'], place)
    const { rollout } = (await status(place)).data
    expect(rollout).toMatchObject({ kind: 'rolled-back', reason: 'wrong', frozen: 'until Monday' })
  })

  it('tells a damaged state with 10, a route that is isolated, and who rolled back', async () => {
    const place = places.fresh()
    const lessons = join(place.dataDir, 'learned', 'lessons')
    for (const name of readdirSync(lessons)) writeFileSync(join(lessons, name), 'x'.repeat(99))
    const isolated = { R2: { reason: 'answers nonsense', by: 'ana', atMs: 1 } }
    const orders = { version: 1, seq: 1, isolated, resets: {} }
    writeFileSync(join(place.dataDir, 'breakers.json'), JSON.stringify(orders))
    await runCli(['rollback', '--reason', 'wrong'], place, { env: { USER: 'ben' } })
    const { code, data } = await status(place)
    expect([code, data.stateProblems.length, data.rollout.rolledBackBy]).toEqual([10, 2, 'ben'])
    expect(data.isolated).toEqual([{ route: 'R2', ...isolated.R2 }])
    expect(data.next).toEqual(['holdfast state show', 'holdfast state restore latest'])
    expect((await said('status', place)).out).toContain('rolled back by ben: wrong')
  })

  it('watched, ends by itself when everyone is live or it is rolled back or frozen', async () => {
    for (const end of ['rolled-back', 'completed', 'frozen']) {
      const place = places.fresh()
      await using _router = await obeyingRouter(place)
      await using watch = startCli(['status', '--watch', '50ms', '--json'], place)
      await watch.lines(2)
      if (end === 'completed') await setStage(place, 100, systemClock.wallMs())
      else await said(end === 'frozen' ? 'freeze' : 'rollback --reason bad', place)
      const { code, out, err } = await watch.ended
      const kinds = out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { data: StatusShown }).data.rollout.kind)
      expect([code, err, kinds[0], kinds.at(-1)]).toEqual([0, '', 'rolling', end])
    }
  })

  it('goes on without a report, a ledger or receipts', async () => {
    const place = places.fresh()
    for (const name of ['ops', 'ledger', 'slots']) {
      rmSync(join(place.dataDir, name), { recursive: true })
    }
    const { code, data } = await status(place)
    expect([code, data.rollout.stage, data.lastRun, data.gates]).toEqual([0, 10, null, []])
  })
})
