import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRollout, type Receipt } from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli, startCli } from '../fixtures/cli.fixture.ts'
import { hashesOf, makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { addTraffic, changeLine, HOUR_MS, setStage } from '../fixtures/evidence.fixture.ts'
import { holderOf } from '../fixtures/locks.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { asked, obeyingRouter, said, stateOf } from '../fixtures/rollout-calls.fixture.ts'
import { play } from '../fixtures/world.fixture.ts'
import { TREE } from '../tree.ts'
import type { Frozen } from './freeze.ts'
import type { AutoPromoted } from './promote-auto.ts'
import type { StageSet } from './promote-to.ts'
import type { ReceiptsListed } from './receipts-list.ts'
import type { RolledBack } from './rollback.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

const auto = (place: Place, ...more: string[]) =>
  asked<AutoPromoted>(['promote auto', ...more].join(' '), place)
const to = (place: Place, stage: number, ...more: string[]) =>
  asked<StageSet>([`promote to ${stage} --reason because --yes`, ...more].join(' '), place)
const rollback = (place: Place, ...more: string[]) =>
  asked<RolledBack>(['rollback', ...more].join(' '), place)

const config = (place: Place, fields: object): void =>
  writeFileSync(join(place.folder, 'holdfast.json'), JSON.stringify({ version: 1, ...fields }))

const worse = async (place: Place): Promise<void> => {
  const nowMs = systemClock.wallMs()
  const [fromMs, toMs] = [nowMs - 20 * HOUR_MS, nowMs - 2 * HOUR_MS]
  await addTraffic(place, { count: 100, fromMs, toMs, prefix: 'bad', rollbacks: 3 })
}

const receiptOf = ({ dataDir }: Place, file: string | null): Receipt =>
  JSON.parse(readFileSync(join(dataDir, 'ops', 'logs', file ?? ''), 'utf8')) as Receipt

const journal = ({ dataDir }: Place): string => join(dataDir, 'rollout', 'rollout-journal.ndjson')

describe('holdfast promote auto', () => {
  it('goes one stage up on green gates, the routers obey, and a receipt says why', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    const { code, data } = await auto(place, '--require-tri')
    expect([code, data.outcome, data.from, data.to]).toEqual([0, 'promoted', 10, 25])
    expect(data.acknowledgement).toMatchObject({ kind: 'acknowledged' })
    expect(data.routers).toMatchObject([{ pid: router.pid, pilot: 0.25, because: 'stage' }])
    expect(receiptOf(place, data.receipt)).toMatchObject({
      action: 'promote',
      stage: '25',
      by: 'the daily job',
      verdict: { verdict: 'go' },
    })
  })

  it('says the same in a dry run, and changes nothing', async () => {
    const place = places.fresh()
    const before = hashesOf(place.folder)
    const dry = await auto(place, '--dry-run')
    expect([dry.code, dry.data.outcome, dry.data.to]).toEqual([0, 'promoted', 25])
    expect(dry.plan).toEqual(['go up from 10 % to 25 % of the users'])
    expect(hashesOf(place.folder)).toEqual(before)
    expect((await auto(place)).data.to).toBe(25)
  })

  it('says how long the window is that it judges', async () => {
    const place = places.fresh()
    expect((await auto(place)).plan[0]).toBe('sum up and judge 1 d of the ledger')
    config(place, { gates: { windowMinutes: 10_080 } })
    expect((await auto(place)).plan[0]).toBe('sum up and judge 7 d of the ledger')
  })

  it('holds with 5 what is inconclusive, and never promotes it', async () => {
    const place = places.fresh()
    config(place, { gates: { mode: 'statistical' } })
    const { code, data } = await auto(place)
    expect([code, data.outcome, data.verdict?.verdict]).toEqual([5, 'held', 'inconclusive'])
    expect((await stateOf(place)).stage).toBe(10)
  })

  it('holds with 5 while the stage has not had its time', async () => {
    const place = places.fresh()
    await auto(place)
    const { code, data } = await auto(place)
    expect([code, data.outcome, data.from]).toEqual([5, 'held', 25])
    expect(data.reasons.join()).toContain('green for 0 h of 72 h at stage 25')
  })

  it('holds with 4 on a no-go, and rolls back with 4 where that is wanted', async () => {
    const place = places.fresh()
    await worse(place)
    const held = await auto(place)
    expect([held.code, held.data.outcome, (await stateOf(place)).stage]).toEqual([4, 'held', 10])
    config(place, { onNoGo: 'rollback' })
    const back = await auto(place)
    expect([back.code, back.data.outcome, back.data.to]).toEqual([4, 'rolled-back', 0])
    expect((await stateOf(place)).standing.kind).toBe('rolled-back')
    const after = await auto(place)
    expect([after.code, after.data.outcome]).toEqual([0, 'nothing-to-do'])
  })

  it('is no success without evidence: 5, and the reason', async () => {
    const place = places.fresh()
    rmSync(join(place.dataDir, 'ledger'), { recursive: true })
    const { code, data } = await auto(place)
    expect([code, data.outcome, data.verdict]).toEqual([5, 'no-evidence', null])
    expect(data.reasons.join()).toContain('there is no ledger')
    expect((await auto(place, '--dry-run')).plan).toEqual(['hold, and write down why'])
    expect((await stateOf(place)).stage).toBe(10)
  })

  it('says 7 while it is frozen', async () => {
    const place = places.fresh()
    await said('freeze --reason alert', place)
    const { code, data } = await auto(place)
    expect([code, data.outcome, data.isFrozen]).toEqual([7, 'held', true])
    expect((await said('promote auto', place)).err).toContain('next: holdfast unfreeze')
  })

  it('says 7 while it is frozen, whatever the gates say and also after a rollback', async () => {
    const place = places.fresh()
    await worse(place)
    await said('freeze --reason alert', place)
    const { code, data } = await auto(place)
    expect([code, data.outcome, data.verdict?.verdict]).toEqual([7, 'held', 'no-go'])
    expect(data.reasons[0]).toBe('it is frozen: alert')
    await said('freeze --rollback --reason page', place)
    const after = await auto(place)
    expect([after.code, after.data.outcome]).toEqual([7, 'nothing-to-do'])
    expect(after.data.reasons.join()).toContain('it is frozen: page')
  })

  it('says 6 while another job is at it', async () => {
    const place = places.fresh()
    rmSync(join(place.dataDir, 'anr_autopromo.lock'), { recursive: true })
    const holder = await holderOf(join(place.dataDir, 'anr_autopromo'))
    try {
      const { code, data } = await auto(place)
      expect([code, data.outcome]).toEqual([6, 'busy'])
    } finally {
      holder.kill('SIGKILL')
    }
  })

  it('says 10 when a router does not say that it obeys', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place, 0.5)
    const { code, data } = await auto(place)
    expect([code, data.outcome]).toEqual([10, 'promoted'])
    expect(data.routers).toMatchObject([{ pid: router.pid, pilot: 0.5, because: 'fixed' }])
  })

  it('holds with 8 on a ledger that was changed, and a receipt says which line', async () => {
    const place = places.fresh()
    changeLine(place)
    const { code, data } = await auto(place)
    expect([code, data.outcome, data.ledger]).toEqual([8, 'no-evidence', null])
    expect(data.reasons.join()).toMatch(/not as it was written: line \d+ of .*: changed/)
    expect((await stateOf(place)).stage).toBe(10)
    const { data: kept } = await asked<ReceiptsListed>('receipts list --last 1', place)
    expect(kept.receipts[0]?.reason).toContain(data.reasons.join())
    const { code: byHand, error } = await to(place, 25)
    expect([byHand, error.code]).toEqual([8, 'OPS_INTEGRITY'])
  })
})

describe('holdfast promote to', () => {
  it('sets the next stage on green gates, and says who obeys', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    const { code, data } = await to(place, 25)
    expect([code, data.isDone, data.from, data.to]).toEqual([0, true, 10, 25])
    expect(data.routers).toMatchObject([{ pid: router.pid, pilot: 0.25 }])
    expect(receiptOf(place, data.receipt)).toMatchObject({ action: 'stage', reason: 'because' })
    const { out } = await said('promote to 10 --reason less --yes', place)
    expect(out).toContain(`Router process ${router.pid} obeys`)
  })

  it('says beforehand for which router it changes nothing, since its share is fixed', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place, 0.5)
    const { err } = await said('promote to 25 --reason x --dry-run', place)
    expect(err).toContain(`router process ${router.pid} goes by no stage`)
    expect(err).toContain('its share is fixed at 50 %')
  })

  it('is refused with 4 against the gates or over a stage, unless it is forced', async () => {
    const place = places.fresh()
    const leap = await to(place, 75)
    expect([leap.code, leap.error.code]).toEqual([4, 'OPS_REFUSED'])
    expect(leap.error.next).toContain('holdfast promote to 75 --force --reason <text>')
    await worse(place)
    const { code, data } = await to(place, 25)
    expect([code, data.isDone, data.verdict?.verdict]).toEqual([4, false, 'no-go'])
    expect(data.refusedBecause.join()).toContain('rollbacks no-go')
    const { out, err } = await said('promote to 25 --reason because --yes', place)
    expect(out).toMatch(/^Stage 25 is refused, and nothing was changed:/)
    expect(out).toMatch(/^rollbacks +no-go/m)
    expect(err).toContain('next: holdfast gate check\n')
    expect(err).not.toContain('--force')
    expect((await stateOf(place)).stage).toBe(10)
    const forced = await to(place, 75, '--force')
    expect([forced.code, (await stateOf(place)).stage]).toEqual([0, 75])
    expect(forced.plan.join()).toContain('by force')
  })

  it('is judged again where the answer took its time', async () => {
    const place = places.fresh()
    const wait = { ms: 0 }
    const clock = { ...systemClock, wallMs: () => systemClock.wallMs() + wait.ms }
    const [env, cwd] = [{ HOLDFAST_DATA_DIR: place.dataDir }, place.folder]
    const args = ['promote', 'to', '25', '--reason', 'a good day']
    const played = play(args, { tree: TREE, columns: 80, clock, env, cwd })
    await played.asked('Go ahead?')
    await worse(place)
    wait.ms = 61_000
    played.type('y\r')
    expect([await played.ended, (await stateOf(place)).stage]).toEqual([4, 10])
    expect(played.outText()).toMatch(/^Stage 25 is refused, and nothing was changed:/)
  })

  it('is not done where someone else moved it while the question stood', async () => {
    const place = places.fresh()
    const wait = { ms: 0 }
    const clock = { ...systemClock, wallMs: () => systemClock.wallMs() + wait.ms }
    const [env, cwd] = [{ HOLDFAST_DATA_DIR: place.dataDir }, place.folder]
    await setStage(place, 50, systemClock.wallMs())
    const args = ['promote', 'to', '10', '--reason', 'less']
    const played = play(args, { tree: TREE, columns: 80, clock, env, cwd })
    await played.asked('Go ahead?')
    await rollback(place)
    wait.ms = 61_000
    played.type('y\r')
    expect([await played.ended, (await stateOf(place)).standing.kind]).toEqual([6, 'rolled-back'])
    expect(played.errText()).toContain('it went to stage 0 while the question stood')
  })

  it('is refused with 5 where the gates prove nothing', async () => {
    const place = places.fresh()
    config(place, { gates: { mode: 'statistical' } })
    const { code, data } = await to(place, 25)
    expect([code, data.isDone, data.verdict?.verdict]).toEqual([5, false, 'inconclusive'])
  })

  it('goes down without asking a gate, also where there is no ledger', async () => {
    const place = places.fresh()
    rmSync(join(place.dataDir, 'ledger'), { recursive: true })
    await setStage(place, 50, systemClock.wallMs())
    expect((await to(place, 10)).code).toBe(0)
    expect((await stateOf(place)).stage).toBe(10)
  })

  it('begins anew after a rollback, as the plan says', async () => {
    const place = places.fresh()
    await rollback(place)
    const { code, data, plan } = await to(place, 10)
    expect([code, data.begins, data.to]).toEqual([0, true, 10])
    expect(plan[0]).toContain('begin a new rollout')
    expect(await stateOf(place)).toMatchObject({ epoch: 2, stage: 10 })
  })

  it('refuses a leap after a rollback before it begins anything', async () => {
    const place = places.fresh()
    await rollback(place)
    expect((await to(place, 25)).code).toBe(4)
    expect(await stateOf(place)).toMatchObject({ epoch: 1, standing: { kind: 'rolled-back' } })
  })

  it('needs a reason and a stage that there is, and does nothing where it stands already', async () => {
    const place = places.fresh()
    expect((await said('promote to 25 --yes', place)).err).toContain('--reason')
    const wrong = await asked('promote to 30 --reason x', place)
    expect([wrong.code, wrong.error.message]).toEqual([2, expect.stringContaining('0, 10, 25')])
    const same = await to(place, 10)
    expect([same.code, same.data.isDone]).toEqual([0, false])
  })

  it('says 7 while it is frozen, and 10 when a router hangs', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    router.hang()
    const { code, data } = await to(place, 0)
    expect([code, data.acknowledgement?.kind]).toEqual([10, 'unacknowledged'])
    await said('freeze', place)
    const frozen = await to(place, 10)
    expect([frozen.code, frozen.error.code]).toEqual([7, 'OPS_FROZEN'])
  })
})

describe('holdfast rollback', () => {
  it('never asks: every router obeys at once, and the reason is in journal, file and receipt', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    const { code, data } = await asked<RolledBack>('rollback --reason nonsense', place)
    expect([code, data.from, data.isDone]).toEqual([0, 10, true])
    expect(data.routers).toMatchObject([{ pid: router.pid, pilot: 0, because: 'rollback' }])
    expect(data.acknowledgement).toMatchObject({ kind: 'acknowledged' })
    expect((await stateOf(place)).standing).toMatchObject({
      kind: 'rolled-back',
      reason: 'nonsense',
      from: 10,
    })
    expect(receiptOf(place, data.receipt)).toMatchObject({ action: 'rollback', reason: 'nonsense' })
    expect(readFileSync(journal(place), 'utf8')).toContain('"nonsense"')
  })

  it('works with a configuration that cannot be used, and says so', async () => {
    const place = places.fresh()
    writeFileSync(join(place.folder, 'holdfast.json'), '{ nonsense')
    const { code, warnings } = await rollback(place)
    expect([code, (await stateOf(place)).standing.kind]).toEqual([0, 'rolled-back'])
    expect(warnings.join()).toContain('going on without the configuration')
  })

  it('works where no rollout ever was, and says that it is probably the wrong directory', async () => {
    const place = places.fresh()
    const empty = { folder: place.folder, dataDir: join(place.folder, 'empty') }
    mkdirSync(empty.dataDir)
    const demo = { folder: place.folder, dataDir: join(place.folder, 'run-of-demo') }
    mkdirSync(join(demo.dataDir, 'demo', 'router.lock'), { recursive: true })
    const told = expect.stringContaining(`no rollout ever was in ${empty.dataDir}`)
    const named = expect.stringContaining(`has or had ${join(demo.dataDir, 'demo')}`)
    for (const [at, warnings] of [
      [empty, [told]],
      [demo, [named]],
      [place, []],
    ] as const) {
      const answered = await rollback(at)
      expect([answered.code, answered.data.isDone, answered.warnings]).toEqual([0, true, warnings])
    }
  })

  it('is refused where --data-dir names nothing, as a variable that is not set, and leaves nothing behind', async () => {
    const { folder } = places.fresh()
    const before = hashesOf(folder)
    const { code, err } = await runCli(['rollback', '--data-dir', ''], { folder, dataDir: '' })
    expect([code, err]).toEqual([2, expect.stringContaining('--data-dir must name a path')])
    expect(hashesOf(folder)).toEqual(before)
  })

  it('works while the lock of the rollout and that of the daily job are held', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    const { files } = createRollout({ directory: join(place.dataDir, 'rollout') })
    const holder = await holderOf(files.state)
    try {
      const { code, data, warnings } = await rollback(place)
      expect(code).toBe(0)
      expect(data.routers).toMatchObject([{ pid: router.pid, pilot: 0 }])
      expect(warnings.join()).toContain('not in the journal yet')
    } finally {
      holder.kill('SIGKILL')
    }
  })

  it.each(['rollback', 'freeze --rollback'])(
    '%s is told as in force, with 10, when --timeout cuts it off',
    async (line) => {
      const place = places.fresh()
      await using router = await obeyingRouter(place)
      router.hang()
      const { files } = createRollout({ directory: join(place.dataDir, 'rollout') })
      const holder = await holderOf(files.state)
      try {
        const { code, data, warnings } = await asked<RolledBack & Frozen>(
          `${line} --reason page --timeout 2s`,
          place,
        )
        expect([code, data.isDone]).toEqual([10, true])
        expect([
          data.isInJournal ?? data.notFrozenBecause === null,
          data.acknowledgement?.kind,
        ]).toEqual([false, 'unacknowledged'])
        expect(warnings.join()).toContain('the rollback is in force, and not in the journal yet: ')
        expect(receiptOf(place, data.receipt)).toMatchObject({ action: 'rollback', reason: 'page' })
      } finally {
        holder.kill('SIGKILL')
      }
    },
  )

  it('is told as in force, with 10, when Ctrl-C cuts it off', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    router.hang()
    await using running = startCli(['rollback', '--verbose'], place)
    const isInForce = new Promise<void>((resolve) => {
      running.child.stderr?.on('data', (part: Buffer) => {
        if (part.toString('utf8').includes('promotion.rolled-back')) resolve()
      })
    })
    await Promise.race([isInForce, running.ended])
    running.child.kill('SIGINT')
    const { code, out, err } = await running.ended
    expect([code, out]).toEqual([10, expect.stringContaining('Rolled back, down from 10 %')])
    expect(out).toContain('did not say within')
    expect(err).not.toContain('not done')
    expect((await stateOf(place)).standing.kind).toBe('rolled-back')
  })

  it('works with a broken journal and without any router', async () => {
    const place = places.fresh()
    appendFileSync(journal(place), 'nonsense\n')
    const { code, data } = await rollback(place)
    expect([code, data.acknowledgement?.kind]).toEqual([0, 'no-router'])
    const rollout = createRollout({ directory: join(place.dataDir, 'rollout') })
    expect(rollout.look().rollback).toMatchObject({ reason: 'no reason was given' })
  })

  it('keeps a broken journal beside a new one, and from there it goes on as ever', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    const lines = readFileSync(journal(place), 'utf8')
    writeFileSync(journal(place), `${lines.slice(0, 60)}\n${lines}`)
    const broken = hashesOf(place.folder)
    const dry = await rollback(place, '--dry-run')
    expect([dry.plan.join(), hashesOf(place.folder)]).toEqual([
      expect.stringMatching(/begin a new journal, .*line 1: is no journal entry/),
      broken,
    ])
    const { code, data, warnings } = await rollback(place)
    expect([code, data.from, data.routers[0]?.pid]).toEqual([0, 10, router.pid])
    expect(receiptOf(place, data.receipt)).toMatchObject({ action: 'rollback' })
    const [, keptAt = ''] = /kept as (\S+),/.exec(warnings.join()) ?? []
    expect(readFileSync(keptAt, 'utf8')).toBe(`${lines.slice(0, 60)}\n${lines}`)
    expect((await said('doctor', place)).out).toContain('the journal is whole')
    expect((await asked('freeze', place)).code).toBe(0)
    expect((await asked('unfreeze', place)).code).toBe(0)
    const begun = await to(place, 10)
    expect([begun.code, begun.data.routers[0]?.pilot]).toEqual([0, 0.1])
  })
})

describe('holdfast freeze and unfreeze', () => {
  it('keep the stage until someone unfreezes, with reason and end told', async () => {
    const place = places.fresh()
    const { code, data } = await asked<Frozen>('freeze --reason alert --until 12h', place)
    expect([code, data.stage, data.isRolledBack]).toEqual([0, 10, false])
    expect(data.reason).toMatch(/^alert \(until \d{4}-\d\d-\d\d \d\d:\d\d UTC\)$/)
    expect((await to(place, 25)).code).toBe(7)
    expect((await asked('unfreeze', place)).code).toBe(0)
    expect((await stateOf(place)).standing.kind).toBe('rolling')
    expect((await said('unfreeze', place)).out).toContain('It is not frozen.')
  })

  it.each(['99999999999d', '2020-01-01T00:00Z'])('are refused with 2 until %s', async (until) => {
    const place = places.fresh()
    const { code, error } = await asked<Frozen>(`freeze --rollback --until ${until}`, place)
    expect([code, error.code]).toEqual([2, 'OPS_USAGE'])
    expect(error.message).toContain('--until must be ahead of now')
    expect((await stateOf(place)).standing.kind).toBe('rolling')
  })

  it('say what a second freeze replaces, end included', async () => {
    const place = places.fresh()
    await said('freeze --reason alert --until 2040-01-02T09:00Z', place)
    const { data, plan } = await asked<Frozen>('freeze --reason longer', place)
    const was = 'alert (until 2040-01-02 09:00 UTC)'
    expect([data.wasFrozen, data.untilMs, plan]).toEqual([
      was,
      null,
      expect.arrayContaining([`replace what it is frozen for now: ${was}`]),
    ])
    expect((await said('freeze', place)).out).toContain('it was   longer; this replaces it')
    const refused = await said('promote to 25 --reason x --yes', place)
    expect(refused.err).toContain('it is frozen: no reason was given; nothing was changed')
    expect(refused.err).toContain('try: holdfast unfreeze')
  })

  it('roll back first with --rollback, and stay frozen until both are lifted', async () => {
    const place = places.fresh()
    await using router = await obeyingRouter(place)
    const { code, data } = await asked<Frozen>('freeze --rollback --reason page', place)
    expect([code, data.isRolledBack]).toEqual([0, true])
    expect(data.routers).toMatchObject([{ pid: router.pid, pilot: 0 }])
    const begin = await to(place, 10)
    expect([begin.code, begin.error.code]).toEqual([7, 'OPS_FROZEN'])
    expect((await said('unfreeze', place)).out).toContain('It is rolled back')
    expect((await to(place, 10)).code).toBe(0)
  })

  it('freeze what is rolled back, also with a configuration that cannot be used', async () => {
    const place = places.fresh()
    await rollback(place)
    writeFileSync(join(place.folder, 'holdfast.json'), '[]')
    expect((await asked('freeze', place)).code).toBe(0)
    expect((await stateOf(place)).standing).toMatchObject({
      kind: 'rolled-back',
      frozen: 'no reason was given',
    })
  })

  it('say which part is in force while the lock of the rollout is held', async () => {
    const both = [places.fresh(), places.fresh()] as const
    const holders = await Promise.all(
      both.map(({ dataDir }) => holderOf(join(dataDir, 'rollout', 'rollout.json'))),
    )
    try {
      const [alone, after] = await Promise.all([
        asked('freeze --reason page', both[0]),
        said('freeze --rollback --reason page', both[1]),
      ])
      expect([alone.code, alone.error.code, alone.error.next]).toEqual([
        6,
        'OPS_LOCKED',
        ['holdfast locks list', 'holdfast rollback --reason <text>'],
      ])
      expect(after.code).toBe(6)
      expect(after.out).toMatch(/^Rolled back, down from 10 %: the guardrail answers everyone\.\n/m)
      expect(after.out).toMatch(/^It is not frozen: .*not locked after/m)
      expect(after.err).toContain('next: holdfast locks list\nnext: holdfast freeze --reason page')
    } finally {
      for (const holder of holders) holder.kill('SIGKILL')
    }
    // Looking takes no lock: the stage is kept there, and nobody has the learned policy here.
    const sights = both.map(({ dataDir }) =>
      createRollout({ directory: join(dataDir, 'rollout') }).look(),
    )
    expect(sights.map(({ state, rollback: back }) => [state?.standing.kind, back])).toEqual([
      ['rolling', null],
      ['rolling', expect.objectContaining({ reason: 'page' })],
    ])
  })

  it('are refused with 8 where the journal cannot be trusted, as is promote, and say what helps', async () => {
    const place = places.fresh()
    appendFileSync(journal(place), 'nonsense\n')
    for (const line of ['freeze', 'unfreeze', 'promote to 0 --reason x --yes', 'promote auto']) {
      const { code, error } = await asked(line, place)
      expect([code, error.code]).toEqual([8, 'ROLLOUT_JOURNAL'])
      expect(error.next).toEqual(['holdfast rollback --reason <text>', 'holdfast doctor'])
    }
    expect((await said('freeze', place)).err).toContain('try: holdfast rollback --reason <text>')
    expect((await said('doctor', place)).out).toContain('> holdfast rollback --reason')
    const { code, plan } = await asked<Frozen>('freeze --rollback --reason page', place)
    expect([code, plan.join()]).toEqual([0, expect.stringContaining('begin a new journal')])
    expect((await stateOf(place)).standing).toMatchObject({ kind: 'rolled-back', frozen: 'page' })
  })
})
