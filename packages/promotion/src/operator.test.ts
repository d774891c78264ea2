import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts, seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from './facts.ts'
import { judge } from './gates/judge.ts'
import { createOperator, type Judged, type Operator, type OperatorCommand } from './operator.ts'
import { readReceipt } from './receipts/files.ts'
import { createReceipts } from './receipts/receipts.ts'
import type { Receipt } from './receipts/receipt.ts'
import { replayReceipt } from './receipts/verify.ts'
import type { CommandResult } from './rollout/command.ts'
import { createRollout } from './rollout/rollout.ts'
import type { Stage } from './rollout/stage.ts'
import { input, NOON_MS, report, row, times } from './rows.fixture.ts'
import { wallClock } from './wall-clock.fixture.ts'

const directory = scratch()

function open() {
  const path = directory()
  const clock = wallClock(NOON_MS)
  const random = seededRandom(path)
  const { all: facts, observe } = recordedFacts<PromotionFact>()
  const rollout = createRollout({ directory: join(path, 'rollout'), clock, random })
  const logs = join(path, 'ops', 'logs')
  const operator = (isDryRun = false): Operator =>
    createOperator({
      rollout,
      receipts: createReceipts({ directory: logs, clock, random }),
      about: {
        by: 'ana',
        appUrl: 'https://app.example',
        runbookUrl: 'https://app.example/runbook',
        buildSha: 'abc1234',
        codeVersion: '1.0.0',
        statePath: 'run/anr_state.json',
        fastCap: 0.15,
        env: {},
      },
      isDryRun,
      ackWaitMs: 0,
      clock,
      observe,
    })
  const receipt = (name: string | null): Promise<Receipt> => readReceipt(join(logs, name ?? ''))
  return { path, logs, rollout, operator, receipt, facts }
}

const stage = (to: Stage, isForced = false, judged: Judged | null = null): OperatorCommand => ({
  kind: 'stage',
  stage: to,
  reason: 'by hand',
  verdict: judged?.verdict ?? null,
  isForced,
})
const judgedOf = (inputs: Judged['inputs']): Judged => ({ inputs, verdict: judge(inputs) })
const green = judgedOf(input(report(times(200, () => row()))))
const red = judgedOf(input(report([])))
const promote: OperatorCommand = {
  kind: 'promote',
  verdict: green.verdict,
  lacking: [],
  reason: 'all gates are green',
}

/** Without the link to the journal, which a dry run does not write. */
const unlinked = (result: CommandResult): unknown =>
  result.kind === 'moved' ? { ...result.state, head: '' } : result

/** Every file, with its content. */
const everything = (at: string): readonly (readonly [string, string])[] =>
  readdirSync(at, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .filter((name) => statSync(join(at, name)).isFile())
    .map((name) => [name, readFileSync(join(at, name), 'utf8')])

describe('a dry run', () => {
  it.each<readonly [string, Stage, OperatorCommand]>([
    ['promote', 10, promote],
    ['stage 50', 10, stage(50, true)],
    ['stage 50 without force', 10, stage(50)],
    ['stage 0', 50, stage(0)],
    ['freeze', 50, { kind: 'freeze', reason: 'a page' }],
    ['thaw', 50, { kind: 'thaw', reason: 'all is well' }],
    ['begin', 50, { kind: 'begin', reason: 'again', rollback: null }],
    ['red', 50, { kind: 'red', reason: 'RSI' }],
  ])(
    'of "%s" at stage %s says what would happen, and changes not one byte',
    async (_, at, command) => {
      const { path, rollout, operator } = open()
      await operator().run(stage(at, true), null)
      const before = everything(path)
      const { result, ...dry } = await operator(true).run(command, green)
      expect(dry).toEqual({ acknowledgement: null, receipt: null, isDryRun: true })
      expect(everything(path)).toEqual(before)
      expect((await rollout.state()).stage).toBe(at)
      const done = await operator().run(command, green)
      expect(unlinked(done.result)).toEqual(unlinked(result))
    },
  )

  it('of a rollback and of a hold does the same', async () => {
    const { path, rollout, operator } = open()
    await operator().run(stage(50, true), null)
    const before = everything(path)
    const { result } = await operator(true).rollback('a page', null)
    expect(result).toMatchObject({ kind: 'moved', state: { stage: 0 } })
    expect(await operator(true).hold('inconclusive', red)).toBeNull()
    expect(everything(path)).toEqual(before)
    expect(rollout.look().rollback).toBeNull()
  })
})

const begin = (rollback: string | null): OperatorCommand => ({
  kind: 'begin',
  reason: 'again',
  rollback,
})

describe('an operator', () => {
  it('refuses bad options and commands by name', async () => {
    expect(() => createOperator(undefined as never)).toThrow('options must be an object')
    expect(() => createOperator({} as never)).toThrow('rollout must have run, settle, rollback')
    const { operator } = open()
    const bad = operator()
    await expect(
      bad.run({ kind: 'rollback', reason: 'x', id: 'r' } as never, null),
    ).rejects.toThrow(
      'kind must be one of promote, stage, freeze, thaw, begin, red, got "rollback"',
    )
    await expect(bad.run(stage(10), undefined as never)).rejects.toThrow('judged')
    await expect(bad.run(stage(10), { verdict: green.verdict } as never)).rejects.toThrow(
      'judged.inputs must be what the verdict is of, got undefined',
    )
    await expect(bad.rollback('', null)).rejects.toThrow('reason must be text')
    await expect(bad.hold('x', { inputs: green.inputs, verdict: 'go' } as never)).rejects.toThrow(
      'verdict must be one of judge, got "go"',
    )
  })

  it('writes a receipt of a rollback by its file before whatever it does next', async () => {
    const { path, operator, receipt, logs } = open()
    await operator().run(stage(50, true), null)
    writeFileSync(join(path, 'rollout', 'rollback.json'), '')
    const { result } = await operator().run(stage(75, true), null)
    expect(result.kind).toBe('refused')
    const names = readdirSync(logs).filter((name) => name.startsWith('anr_'))
    expect(names).toHaveLength(2)
    expect(await receipt(names.toSorted()[1] ?? '')).toMatchObject({ action: 'rollback' })
    expect(await operator(true).settle()).toBeNull()
  })

  it('foresees in a dry run which rollback a beginning answers', async () => {
    const { operator, rollout } = open()
    await operator().run(stage(50, true), null)
    const { id } = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    expect((await operator(true).run(begin('another'), null)).result.kind).toBe('refused')
    for (const rollback of [id, null]) {
      expect((await operator(true).run(begin(rollback), null)).result).toMatchObject({
        kind: 'moved',
        state: { clearedRollback: id },
      })
    }
  })
})

describe('a stage by hand', () => {
  it('leaves a receipt with the values of the pilot script', async () => {
    const { operator, receipt } = open()
    for (const [to, pilot] of [
      [10, '0.10'],
      [25, '0.25'],
      [50, '0.50'],
      [75, '0.75'],
      [100, '1.00'],
    ] as const) {
      const { receipt: name } = await operator().run(stage(to, true), null)
      expect(await receipt(name)).toMatchObject({
        action: 'stage',
        stage: String(to),
        pilot,
        build_sha: 'abc1234',
        env: {
          NOVA_ANR_ENABLED: '1',
          NOVA_ANR_PILOT: pilot,
          NOVA_ANR_MAX_FAST_PROB: '0.15',
          NOVA_ANR_STRICT_ON_ANOMALY: '1',
          NOVA_ANR_LEARN_SHADOW: '1',
          NOVA_ANR_STATE_PATH: 'run/anr_state.json',
        },
      })
    }
  })

  it('against the gates must be forced, and then its receipt has who, why and what the gates said', async () => {
    const { operator, receipt, logs } = open()
    await operator().run(stage(10), null)
    const refused = await operator().run(stage(25, false, red), red)
    expect(refused).toMatchObject({ result: { kind: 'refused' }, receipt: null })
    expect(readdirSync(logs).filter((name) => name.startsWith('anr_'))).toHaveLength(1)
    const forced = await operator().run(stage(25, true, red), red)
    const kept = await receipt(forced.receipt)
    expect(kept).toMatchObject({
      by: 'ana',
      reason: 'by hand',
      verdict: { verdict: 'no-go' },
      summary: { count: 0, rsi: null, rollbacks: 0, tri_median: null },
    })
    expect(replayReceipt(kept).isSame).toBe(true)
  })
})

describe('a stage that goes up', () => {
  it('is refused where no receipt can be written; what goes down or holds is done, and that is told', async () => {
    const { path, operator, rollout, facts } = open()
    mkdirSync(join(path, 'ops'))
    writeFileSync(join(path, 'ops', 'logs'), 'a file where the directory is to be')
    await rollout.run(stage(10), 'ana')
    await expect(operator().run(stage(50, true), null)).rejects.toMatchObject({
      code: 'RECEIPT_NOT_WRITTEN',
      message: expect.stringMatching(/^the stage stays at 10 %, because no receipt of 50 % can/),
    })
    await expect(operator().run(promote, green)).rejects.toMatchObject({
      code: 'RECEIPT_NOT_WRITTEN',
    })
    expect(await rollout.state()).toMatchObject({ seq: 1, stage: 10 })
    expect(facts).toEqual([])
    for (const command of [{ kind: 'freeze', reason: 'x' } as const, stage(0)]) {
      const { result, receipt } = await operator().run(command, null)
      expect([result.kind, receipt]).toEqual(['moved', null])
    }
    expect(facts.map(({ kind }) => kind)).toEqual([
      'promotion.receipt-failed',
      'promotion.receipt-failed',
    ])
  })

  it('and then fails leaves a second receipt, which says so', async () => {
    const { rollout, operator, logs, receipt } = open()
    const run = rollout.run.bind(rollout)
    rollout.run = async (command, by, vouch) =>
      await run(command, by, async (state, before) => {
        await vouch?.(state, before)
        throw new Error('no room')
      })
    await expect(operator().run(stage(10), null)).rejects.toThrow('no room')
    const [up = '', held = ''] = readdirSync(logs).filter((name) => name.startsWith('anr_'))
    expect(await receipt(up)).toMatchObject({ action: 'stage', stage: '10' })
    expect(await receipt(held)).toMatchObject({
      action: 'hold',
      stage: '0',
      reason: 'stage was not carried out: no room',
    })
  })
})

describe('a rollback', () => {
  it('leaves a receipt with 0.00, not enabled, and all else as it was', async () => {
    const { operator, receipt } = open()
    await operator().run(stage(75, true), null)
    const { result, receipt: name } = await operator().rollback('fast cap breached', null)
    expect(result).toMatchObject({ kind: 'moved', state: { standing: { from: 75 } } })
    const kept = await receipt(name)
    expect(kept).toMatchObject({ action: 'rollback', stage: '0', pilot: '0.00' })
    expect(kept.env).toEqual({
      NOVA_ANR_ENABLED: '0',
      NOVA_ANR_PILOT: '0.00',
      NOVA_ANR_MAX_FAST_PROB: '0.15',
      NOVA_ANR_STRICT_ON_ANOMALY: '1',
      NOVA_ANR_LEARN_SHADOW: '1',
    })
  })

  it('is in force although no receipt can be written, which is told', async () => {
    const { path, operator, rollout, facts } = open()
    mkdirSync(join(path, 'ops'))
    writeFileSync(join(path, 'ops', 'logs'), 'a file where the directory is to be')
    await rollout.run(stage(75, true), 'ana')
    const { result, receipt } = await operator().rollback('a page', null)
    expect(result).toMatchObject({ kind: 'moved', state: { stage: 0 } })
    expect(receipt).toBeNull()
    expect(facts).toMatchObject([{ kind: 'promotion.receipt-failed' }])
    expect((await rollout.state()).standing.kind).toBe('rolled-back')
  })
})
