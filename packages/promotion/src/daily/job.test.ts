import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { tryLock } from '@holdfast/file-lock'
import { recordedFacts, seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { EvidenceRow, Window } from '../evidence/row.ts'
import type { PromotionFact } from '../facts.ts'
import { readReceipt } from '../receipts/files.ts'
import { replayReceipt, verifyReceipts } from '../receipts/verify.ts'
import { createRollout } from '../rollout/rollout.ts'
import type { Stage } from '../rollout/stage.ts'
import { day, DAY_MS, green, HOUR_MS, NOON_MS, row, times } from '../rows.fixture.ts'
import { wallClock } from '../wall-clock.fixture.ts'
import { runDailyJob } from './job.ts'
import type { DailyOptions } from './options.ts'
import { exitCodeOf, type DailyOutcome } from './outcome.ts'

const directory = scratch()
const good = ({ toMs }: Window): EvidenceRow[] =>
  times(200, (i) => row({ id: `d${i}`, tMs: toMs - DAY_MS + Math.floor((DAY_MS * i) / 200) }))
const bad = (window: Window): EvidenceRow[] =>
  good(window).map((one, i) =>
    i < 3 ? { ...one, deployment: { sloOk: false, rollback: true, errorRate: 1 } } : one,
  )

const away = (): never => {
  throw new Error('the ledger is away')
}
function* cut(window: Window): Generator<EvidenceRow> {
  yield* good(window)
  throw new Error('the ledger is cut')
}
const lockOf = (path: string): string => join(path, 'run', 'anr_autopromo.lock')
/** Makes something look as old as it is told, by the clock that the job sees. */
const age = (path: string, minutes: number): void => {
  const seconds = (NOON_MS - minutes * 60_000) / 1_000
  utimesSync(path, seconds, seconds)
}

/** A rollout at a stage for so long, and the job that looks at it. */
async function daily(stage: Stage, hours = 1_000) {
  const path = directory()
  const clock = wallClock(NOON_MS - hours * HOUR_MS)
  const facts = recordedFacts<PromotionFact>()
  const random = seededRandom(path)
  const rollout = createRollout({ directory: join(path, 'rollout'), clock, random })
  if (stage > 0) {
    await rollout.run({ kind: 'stage', stage, reason: 'x', verdict: null, isForced: true }, 'ana')
  }
  clock.setWallMs(NOON_MS)
  const run = (change: Partial<DailyOptions> = {}): Promise<DailyOutcome> =>
    runDailyJob({
      directory: join(path, 'rollout'),
      lockPath: join(path, 'run', 'anr_autopromo'),
      receipts: { directory: join(path, 'ops', 'logs') },
      reportPath: join(path, 'run', 'anr_daily_report.json'),
      evidence: good,
      slots: () => green,
      settleMs: 0,
      ackWaitMs: 0,
      about: {
        by: 'daily',
        appUrl: 'https://app.example',
        runbookUrl: 'https://app.example/runbook',
        buildSha: 'abc1234',
        codeVersion: '1.0.0',
        statePath: 'run/anr_state.json',
        fastCap: 0.15,
        env: { NOVA_ANR_ENABLED: '1', NOVA_TOKEN: 'hunter2', HOME: '/root' },
      },
      clock,
      random,
      observe: facts.observe,
      ...change,
    })
  const receipts = (): Promise<Awaited<ReturnType<typeof readReceipt>>[]> =>
    Promise.all(
      readdirSync(join(path, 'ops', 'logs'))
        .filter((name) => name.startsWith('anr_'))
        .toSorted()
        .map((name) => readReceipt(join(path, 'ops', 'logs', name))),
    )
  return { path, clock, facts, rollout, run, receipts }
}

/** Every file below a folder with what is in it, but for locks, which come and go. */
function everything(path: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.includes('.lock') && statSync(join(path, name)).isFile())
      .map((name) => [name, readFileSync(join(path, name), 'utf8')]),
  )
}

/** What there is of two days, and nothing of any later one. */
const twoDays = ({ fromMs, toMs }: Window): EvidenceRow[] =>
  [NOON_MS - DAY_MS, NOON_MS]
    .flatMap((dayMs) => [...day(500, `of ${dayMs}`, { fromMs: dayMs })])
    .filter(({ tMs }) => tMs >= fromMs && tMs < toMs)

/** Why a job did nothing. */
const reasonOf = (outcome: DailyOutcome): string | undefined =>
  outcome.kind === 'busy' ? outcome.reason : undefined

/** Where an outcome says that the rollout is now. */
const stageAfter = (outcome: DailyOutcome): number | undefined => {
  if ('stage' in outcome) return outcome.stage
  return 'to' in outcome ? outcome.to : undefined
}

describe('the daily job', () => {
  it('promotes when all gates are green and the time has come', async () => {
    const { run, rollout, receipts } = await daily(10, 48)
    const outcome = await run()
    expect(outcome).toMatchObject({
      kind: 'promoted',
      from: 10,
      to: 25,
      acknowledgement: { kind: 'no-router' },
      receipt: 'anr_20261120_090500_000001.json',
    })
    expect(rollout.look().state).toMatchObject({ stage: 25, sinceMs: NOON_MS })
    const [receipt] = await receipts()
    expect(receipt).toMatchObject({
      action: 'promote',
      stage: '25',
      pilot: '0.25',
      build_sha: 'abc1234',
      env: {
        NOVA_ANR_ENABLED: '1',
        NOVA_ANR_PILOT: '0.25',
        NOVA_ANR_STATE_PATH: 'run/anr_state.json',
      },
      env_snapshot: { NOVA_ANR_ENABLED: '1', NOVA_TOKEN: '[removed]' },
      summary: { source: 'ledger', lookback_min: 1440, count: 200, rsi: 1 },
    })
    expect(receipt && replayReceipt(receipt).isSame).toBe(true)
  })

  it('leaves report, report for people and table of decisions behind', async () => {
    const { run, path } = await daily(10)
    await run()
    const file = (ending: string): string =>
      readFileSync(join(path, 'run', `anr_daily_report.${ending}`), 'utf8')
    expect(JSON.parse(file('json'))).toMatchObject({ decisions: 200, window_minutes: 1440 })
    expect(file('md')).toContain('Verdict: **go**')
    expect(file('csv').split('\n')).toHaveLength(202)
    expect(existsSync(join(path, 'run', 'anr_daily_report.csv.unfinished'))).toBe(false)
  })

  it.each<readonly [string, Stage, number, Partial<DailyOptions>, number, string]>([
    ['too early', 10, 47, {}, 5, 'held'],
    ['from stage 0, which is left by hand', 0, 0, {}, 5, 'held'],
    ['rollbacks', 10, 48, { evidence: bad }, 1, 'held'],
    [
      'one agreeing live decision, of RSI 1',
      10,
      48,
      { evidence: ({ toMs }) => [row({ tMs: toMs - 1 })] },
      5,
      'held',
    ],
    ['no decisions', 10, 48, { evidence: () => [] }, 1, 'held'],
    [
      'TRI missing though it is required',
      10,
      48,
      { evidence: (w) => good(w).map((one) => ({ ...one, triDeltaNorm: null })) },
      1,
      'held',
    ],
    ['slots unknown', 10, 48, { slots: () => null }, 1, 'held'],
    [
      'inconclusive',
      10,
      48,
      {
        gates: { mode: 'statistical' },
        evidence: ({ toMs }) => day(5_000, 's', { fromMs: toMs - DAY_MS }),
      },
      5,
      'held',
    ],
    [
      'measured harm, where that rolls back',
      50,
      96,
      { evidence: bad, onNoGo: 'rollback' },
      4,
      'rolled-back',
    ],
    [
      'missing data, where harm rolls back',
      50,
      96,
      { evidence: () => [], onNoGo: 'rollback' },
      1,
      'held',
    ],
    ['everyone live already', 100, 48, {}, 0, 'nothing-to-do'],
    ['promoted without a router', 10, 48, {}, 4, 'promoted'],
  ])('%s: at stage %s after %s hours', async (_, stage, hours, change, code, kind) => {
    const { run, rollout, path, receipts } = await daily(stage, hours)
    const outcome = await run(change)
    expect([outcome.kind, exitCodeOf(outcome)]).toEqual([kind, code])
    expect((await rollout.state()).stage).toBe(stageAfter(outcome))
    expect((await receipts()).length).toBe(1)
    expect((await verifyReceipts(join(path, 'ops', 'logs'))).isWhole).toBe(true)
  })

  it('moves another rollout after a finished one, by the time of its own', async () => {
    const { run, rollout, clock } = await daily(75, 7 * 24)
    for (const days of [5, 3, 1]) {
      clock.setWallMs(NOON_MS - days * DAY_MS)
      expect((await run()).kind).toBe('held')
    }
    clock.setWallMs(NOON_MS)
    expect((await run()).kind).toBe('promoted')
    expect((await rollout.state()).standing.kind).toBe('completed')
    const { id } = await rollout.rollback({ reason: 'a new model', by: 'ana' }, { waitMs: 0 })
    await rollout.run({ kind: 'begin', reason: 'a new model', rollback: id }, 'ana')
    const first = { kind: 'stage', stage: 10, reason: 'x', verdict: null, isForced: false } as const
    await rollout.run(first, 'ana')
    for (const [hours, kind] of [
      [47, 'held'],
      [48, 'promoted'],
    ] as const) {
      clock.setWallMs(NOON_MS + hours * HOUR_MS)
      expect((await run()).kind).toBe(kind)
    }
    expect((await rollout.state()).stage).toBe(25)
  })

  it('counts the time at a stage anew after a no-go', async () => {
    const { run, clock } = await daily(10, 48)
    expect((await run({ evidence: bad })).kind).toBe('held')
    clock.setWallMs(NOON_MS + DAY_MS)
    expect(await run()).toMatchObject({
      kind: 'held',
      reasons: ['green for 24 h of 48 h at stage 10'],
    })
    clock.setWallMs(NOON_MS + 2 * DAY_MS)
    expect((await run()).kind).toBe('promoted')
  })

  it('never touches the learned state, whether it promotes or rolls back', async () => {
    const { run, path } = await daily(10, 48)
    const state = join(path, 'run', 'anr_state.json')
    mkdirSync(join(path, 'run'))
    writeFileSync(state, '{"version":"1.0"}')
    const { ino, mtimeMs } = statSync(state)
    expect((await run()).kind).toBe('promoted')
    expect((await run({ evidence: bad, onNoGo: 'rollback' })).kind).toBe('rolled-back')
    expect(statSync(state)).toMatchObject({ ino, mtimeMs })
    expect(readFileSync(state, 'utf8')).toBe('{"version":"1.0"}')
  })

  it('in a dry run says the same, and changes not one byte', async () => {
    for (const change of [{}, { evidence: bad, onNoGo: 'rollback' }, { evidence: bad }] as const) {
      const { run, path } = await daily(10, 48)
      const before = everything(path)
      const dry = await run({ ...change, isDryRun: true })
      expect(everything(path)).toEqual(before)
      expect(dry).toMatchObject({ isDryRun: true })
      expect((await run(change)).kind).toBe(dry.kind)
      expect(everything(path)).not.toEqual(before)
    }
  })

  it('is held by a freeze, and does nothing under a rollback, also one that is not written down yet', async () => {
    const { run, rollout } = await daily(10, 48)
    await rollout.run({ kind: 'freeze', reason: 'a page' }, 'ana')
    expect(await run()).toMatchObject({ kind: 'held', reasons: ['it is frozen: a page'] })
    await rollout.rollback({ reason: 'worse', by: 'ana' }, { waitMs: 0 })
    expect(await run()).toMatchObject({ kind: 'nothing-to-do' })
    const other = await daily(10, 48)
    const lock = await tryLock(join(other.path, 'rollout', 'rollout.json'))
    const quick = createRollout({ directory: join(other.path, 'rollout'), lockWaitMs: 0 })
    expect((await quick.rollback({ reason: 'x', by: 'ana' }, { waitMs: 0 })).isSettled).toBe(false)
    await lock.release()
    expect((await other.run({ isDryRun: true })).kind).toBe('nothing-to-do')
    expect((await other.run()).kind).toBe('nothing-to-do')
    expect((await other.rollout.state()).standing.kind).toBe('rolled-back')
  })

  it('says that there is no evidence when there is none to be had, and changes no stage', async () => {
    const { run, rollout, receipts } = await daily(10, 48)
    const error = new Error('the ledger is gone')
    const outcome = await run({
      evidence: () => {
        throw error
      },
    })
    expect(outcome).toEqual({ kind: 'no-evidence', error })
    expect(exitCodeOf(outcome)).toBe(2)
    expect((await rollout.state()).stage).toBe(10)
    expect(await receipts()).toMatchObject([{ action: 'hold', summary: { source: 'none' } }])
  })

  it('that is told to stop over the evidence holds nothing against the stage', async () => {
    const { run, rollout } = await daily(10, 48)
    const { seq } = await rollout.state()
    const stop = new AbortController()
    const reason = new Error('that takes too long')
    const stopped = run({
      signal: stop.signal,
      evidence: () => {
        stop.abort(reason)
        throw reason
      },
    })
    await expect(stopped).rejects.toBe(reason)
    expect(await rollout.state()).toMatchObject({ seq, redAtMs: null })
  })

  it('counts the time at a stage anew when no evidence can be had, as after an empty report', async () => {
    const { run, clock, rollout } = await daily(10, 48)
    clock.setWallMs(NOON_MS - HOUR_MS)
    expect((await run({ evidence: away })).kind).toBe('no-evidence')
    expect((await rollout.state()).redAtMs).toBe(NOON_MS - HOUR_MS)
    clock.setWallMs(NOON_MS)
    expect(await run()).toMatchObject({
      kind: 'held',
      reasons: ['green for 1 h of 48 h at stage 10'],
    })
    const first = await daily(0)
    expect((await first.run({ evidence: away })).kind).toBe('no-evidence')
    expect((await first.rollout.state()).seq).toBe(0)
  })

  it('takes no time for green in which nobody looked', async () => {
    const { run, clock } = await daily(10, 72)
    expect(await run()).toMatchObject({
      kind: 'held',
      reasons: ['green for 24 h of 48 h at stage 10'],
    })
    clock.setWallMs(NOON_MS + 3 * DAY_MS)
    expect(await run()).toMatchObject({ kind: 'held' })
    clock.setWallMs(NOON_MS + 4 * DAY_MS)
    expect((await run()).kind).toBe('promoted')
  })

  it('takes slots for unknown of which it cannot be found out how they were, and says why', async () => {
    const { run, path, facts } = await daily(10, 48)
    const error = new Error('a bug')
    const slots = (): never => {
      throw error
    }
    const outcome = await run({ slots })
    expect([outcome.kind, exitCodeOf(outcome)]).toEqual(['held', 1])
    expect(facts.ofKind('promotion.slots-unknown')).toEqual([
      { kind: 'promotion.slots-unknown', error },
    ])
    expect(readdirSync(join(path, 'run')).filter((name) => name.startsWith('anr_daily'))).toEqual([
      'anr_daily_report.csv',
      'anr_daily_report.json',
      'anr_daily_report.md',
    ])
    expect((await run({ slots: () => 'green' as never })).kind).toBe('held')
  })

  it('writes all files of a report, or none', async () => {
    const { run, path } = await daily(10, 48)
    expect((await run({ evidence: cut })).kind).toBe('no-evidence')
    const reports = (): string[] =>
      readdirSync(join(path, 'run')).filter((name) => name.startsWith('anr_daily'))
    expect(reports()).toEqual([])
    mkdirSync(join(path, 'run', 'anr_daily_report.md.unfinished'))
    expect((await run()).kind).toBe('no-evidence')
    expect(reports().filter((name) => !name.endsWith('.md.unfinished'))).toEqual([])
  })

  it('writes a receipt of a rollback that was put in force by its file alone, once', async () => {
    const { run, path, receipts } = await daily(10, 48)
    writeFileSync(join(path, 'rollout', 'rollback.json'), '\n')
    expect((await run()).kind).toBe('nothing-to-do')
    const [back, ...more] = await receipts()
    expect(back).toMatchObject({
      action: 'rollback',
      stage: '0',
      reason: 'there is a rollback file, which cannot be read',
    })
    expect(more.map(({ action }) => action)).toEqual(['hold'])
    await run()
    expect((await receipts()).map(({ action }) => action)).toEqual(['rollback', 'hold', 'hold'])
  })

  it('leaves outcomes an hour to arrive, unless told otherwise', async () => {
    const { run } = await daily(10, 48)
    const windows: Window[] = []
    await run({
      settleMs: 3_600_000,
      evidence: (window) => {
        windows.push(window)
        return good(window)
      },
    })
    expect(windows[0]?.toMs).toBe(NOON_MS - HOUR_MS)
  })

  it('carries evidence on, reads no more than it must, and sums it up again where it is lost', async () => {
    const { run, clock, path, facts } = await daily(10, 24)
    const windows: Window[] = []
    const gates = { mode: 'statistical' } as const
    const evidence = (window: Window): EvidenceRow[] => {
      windows.push(window)
      const days = Math.round((window.toMs - window.fromMs) / DAY_MS)
      return times(days, (i) => {
        const fromMs = window.fromMs + i * DAY_MS
        return [...day(500, `of ${fromMs}`, { fromMs })]
      }).flat()
    }
    const kept = (): { readonly compared: object; readonly seen: number; readonly looks: number } =>
      JSON.parse(readFileSync(join(path, 'rollout', 'rollout-evidence.json'), 'utf8')) as never
    await run({ gates, evidence })
    clock.setWallMs(NOON_MS + DAY_MS)
    await run({ gates, evidence })
    // The day before is read again, for what was told of it since.
    expect(windows.map(({ fromMs, toMs }) => (toMs - fromMs) / DAY_MS)).toEqual([1, 2])
    const whole = kept()
    expect(whole).toMatchObject({ looks: 2, seen: 1_000 })
    await run({ gates, evidence })
    expect(kept()).toEqual(whole)
    writeFileSync(join(path, 'rollout', 'rollout-evidence.json'), '{"half')
    await run({ gates, evidence })
    expect(windows.at(-1)?.fromMs).toBe(NOON_MS - DAY_MS)
    expect(kept()).toMatchObject({ compared: whole.compared, seen: whole.seen })
    expect(facts.ofKind('promotion.evidence-anew')).toMatchObject([{ reason: 'it cannot be read' }])
    expect(facts.ofKind('promotion.daily')).toHaveLength(4)
  })

  it('sums evidence up anew, and tells so, after a job by a clock that was ahead', async () => {
    const { run, clock, path, facts } = await daily(10, 24)
    const gates = { mode: 'statistical' } as const
    const kept = (): { readonly seen: number; readonly upToMs: number } =>
      JSON.parse(readFileSync(join(path, 'rollout', 'rollout-evidence.json'), 'utf8')) as never
    clock.setWallMs(NOON_MS + 365 * DAY_MS)
    await run({ gates, evidence: twoDays })
    clock.setWallMs(NOON_MS + DAY_MS)
    await run({ gates, evidence: twoDays })
    expect(kept()).toMatchObject({ seen: 1_000, upToMs: NOON_MS })
    expect(facts.ofKind('promotion.evidence-anew')).toMatchObject([
      { reason: 'it ends 2027-11-19T09:05:00.000Z, after the window begins' },
    ])
  })

  it('refuses a misspelt option', async () => {
    const { run } = await daily(10)
    await expect(run({ dryRun: true } as never)).rejects.toThrow('dryRun is no option')
    await expect(run({ onNoGo: 'panic' as never })).rejects.toThrow('onNoGo must be one of')
    for (const [change, message] of [
      [{ isDryRun: 'no' }, 'isDryRun must be true or false, got "no"'],
      [{ evidence: [] }, 'evidence must be a function'],
      [{ slots: null }, 'slots must be a function, got null'],
      [{ weightLimits: { leastEs: 1 } }, 'leastEs is no option'],
      [{ receipts: { dir: 'x' } }, 'dir is no option'],
      [{ about: {} }, 'about.by must be text'],
      [{ settleMs: '5' }, 'settleMs must be finite and ≥ 0, got "5"'],
    ] as const) {
      await expect(run(change as never)).rejects.toThrow(message)
    }
    await expect(run({ dwell: { 10: { dwellHours: 1 } } as never })).rejects.toThrow('dwellHours')
  })
})

describe('two daily jobs', () => {
  it('do not run at once: the second leaves, and takes nothing from a living owner however old its lock is', async () => {
    const { run, path, clock, receipts } = await daily(10, 47.5)
    const lock = await tryLock(join(path, 'run', 'anr_autopromo'), { createDirectory: true, clock })
    const young = await run()
    expect(young).toMatchObject({ kind: 'busy', isStuck: false })
    expect(await run({ isDryRun: true })).toEqual(young)
    expect(exitCodeOf(young)).toBe(0)
    clock.setWallMs(NOON_MS + 30 * 60_000)
    const old = await run()
    expect(old).toMatchObject({ kind: 'busy', isStuck: true, heldMs: 1_800_000 })
    expect(reasonOf(old)).toMatch(/anr_autopromo\.lock is held by process \d+, for 30 min$/)
    expect(exitCodeOf(old)).toBe(3)
    expect(lock.isValid()).toBe(true)
    await lock.release()
    expect((await run()).kind).toBe('promoted')
    expect(await receipts()).toHaveLength(1)
    expect(existsSync(join(path, 'run', 'anr_autopromo.lock'))).toBe(true)
  })
})

describe('a lock that the daily job finds', () => {
  it('is left by a dry run as it is, absent or free, to the time of it', async () => {
    const { run, path } = await daily(10, 48)
    await run({ isDryRun: true })
    expect(existsSync(lockOf(path))).toBe(false)
    await run({ evidence: bad })
    const sight = (): unknown[] => [readdirSync(lockOf(path)), statSync(lockOf(path)).mtimeMs]
    const before = sight()
    expect((await run({ isDryRun: true })).kind).not.toBe('busy')
    expect(sight()).toEqual(before)
  })

  it('without an owner counts by its age, and is taken over after 30 minutes', async () => {
    const { run, path } = await daily(10, 48)
    mkdirSync(lockOf(path), { recursive: true })
    age(lockOf(path), 29)
    const young = await run()
    expect(young).toMatchObject({ kind: 'busy', heldMs: 29 * 60_000, isStuck: false })
    expect(reasonOf(young)).toContain('someone who left no name, for 29 min')
    expect((await run({ isDryRun: true })).kind).toBe('busy')
    age(lockOf(path), 30)
    expect((await run({ isDryRun: true })).kind).toBe('promoted')
    expect((await run()).kind).toBe('promoted')
  })

  it('that is the file of an earlier job is that job at work for 30 minutes, and is left to people after that', async () => {
    const { run, path } = await daily(10, 48)
    mkdirSync(join(path, 'run'))
    writeFileSync(lockOf(path), '4711')
    age(lockOf(path), 5)
    const young = await run()
    expect([young.kind, exitCodeOf(young)]).toEqual(['busy', 0])
    expect(reasonOf(young)).toContain('is a file, the lock of an earlier')
    expect(await run({ isDryRun: true })).toEqual(young)
    age(lockOf(path), 45)
    const old = await run()
    expect([old.kind, exitCodeOf(old)]).toEqual(['busy', 3])
    expect(reasonOf(old)).toContain('45 min old; make sure that no such job')
    rmSync(lockOf(path))
    expect((await run()).kind).toBe('promoted')
  })

  it('that is a directory of another purpose is an error', async () => {
    const { run, path } = await daily(10, 48)
    mkdirSync(join(lockOf(path), 'photos'), { recursive: true })
    await expect(run()).rejects.toMatchObject({ code: 'LOCK_NOT_A_DIRECTORY' })
  })
})

describe('a daily job that fails', () => {
  it('has an exit code of its own, which is no gate', async () => {
    const { run, path } = await daily(10, 48)
    writeFileSync(join(path, 'rollout', 'rollout-journal.ndjson'), '{}\n')
    const error = await run().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ROLLOUT_JOURNAL' })
    expect(exitCodeOf(error as Error)).toBe(7)
  })
})
