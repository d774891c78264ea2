import { fanOut, ignore, type Clock, type Observe } from '@holdfast/seams'
import { messageOf, ReceiptNotWrittenError } from './errors.ts'
import type { PromotionFact } from './facts.ts'
import {
  aFunction,
  anyText,
  between,
  lengthMs,
  oneOf,
  onlyOptions,
  shown,
  someText,
  trueOrFalse,
  withMethods,
} from './option-rules.ts'
import type { GateInput, Verdict } from './gates/gate.ts'
import { summaryOf, type ReceiptAction, type ReceiptBody } from './receipts/receipt.ts'
import { environmentSnapshot } from './receipts/redact.ts'
import type { Receipts } from './receipts/receipts.ts'
import type { Acknowledgement } from './rollout/acknowledge.ts'
import { aVerdict, checkCommand } from './rollout/command-rules.ts'
import { carryOut, type CommandResult, type RolloutCommand } from './rollout/command.ts'
import { effectiveRollout, environmentOf } from './rollout/effective.ts'
import type { RollbackResult, Rollout, Vouch } from './rollout/rollout.ts'
import { pilotText } from './rollout/stage.ts'
import { beginning, type RolloutState } from './rollout/state.ts'
import { foreseen } from './rollout/steps.ts'

/** What receipts say of the surroundings. */
export interface About {
  readonly by: string
  readonly appUrl: string
  readonly runbookUrl: string
  readonly buildSha: string
  readonly codeVersion: string
  /** Where the learned state is. */
  readonly statePath: string
  readonly fastCap: number
  /** Of which the variables that begin with NOVA_ are kept, without secrets. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface OperatorOptions {
  readonly rollout: Rollout
  readonly receipts: Receipts
  readonly about: About
  /** True: says what would happen, and writes nothing at all. */
  readonly isDryRun: boolean
  /** Longest to wait for the routers, in ms. */
  readonly ackWaitMs: number
  readonly clock: Clock
  readonly observe?: Observe<PromotionFact>
}

/** The evidence that a command is based on. */
export interface Judged {
  readonly inputs: GateInput
  readonly verdict: Verdict
}

export interface Operation {
  readonly result: CommandResult
  /** Null when nothing moved. */
  readonly acknowledgement: Acknowledgement | null
  /** The receipt's file; null when none was to be, or none could be written of what does not take the stage up. */
  readonly receipt: string | null
  readonly isDryRun: boolean
}

export type OperatorCommand = Exclude<RolloutCommand, { readonly kind: 'rollback' }>

/** Carries out commands whole: rollout, routers, receipt. A dry run takes the same way, and stops before the first write. */
export interface Operator {
  /**
   * Carries out a command, and before it `settle`. What takes the stage up has its receipt before it is done; all else after.
   * @throws {ReceiptNotWrittenError} when the stage would go up, and no receipt can be written. Nothing was changed.
   * @throws as `Rollout.run`.
   */
  run(command: OperatorCommand, judged: Judged | null): Promise<Operation>
  /**
   * Writes down a rollback that is in force by its file alone, with a receipt; one that is in the journal already has its own.
   * @returns the receipt's file; null when there was nothing to write down, or no receipt could be written.
   * @throws as `Rollout.settle`.
   */
  settle(): Promise<string | null>
  /** @throws as `Rollout.rollback`. Whatever fails after the rollback is told, and not thrown. */
  rollback(reason: string, judged: Judged | null): Promise<Operation>
  /** Writes down that everything stays as it is, and why. */
  hold(reason: string, judged: Judged): Promise<string | null>
}

const ACTIONS: Readonly<Record<OperatorCommand['kind'], ReceiptAction>> = {
  promote: 'promote',
  stage: 'stage',
  freeze: 'freeze',
  thaw: 'thaw',
  begin: 'begin',
  red: 'hold',
}

const OPTIONS = ['rollout', 'receipts', 'about', 'isDryRun', 'ackWaitMs', 'clock', 'observe']

/** @throws {TypeError | RangeError} naming a bad option. */
export function createOperator(options: OperatorOptions): Operator {
  checkOperator(options)
  const { rollout, receipts, about, isDryRun, ackWaitMs, clock } = options
  const observe = fanOut(options.observe ?? ignore)

  const write = async (body: ReceiptBody): Promise<string | null> => {
    if (isDryRun) return null
    try {
      return (await receipts.write(body)).file
    } catch (error) {
      observe({ kind: 'promotion.receipt-failed', error })
      return null
    }
  }
  const bodyOf = (
    action: ReceiptAction,
    state: RolloutState,
    reason: string,
    judged: Judged | null,
  ): ReceiptBody => receiptBody(action, state, reason, judged, about)

  const dryRun = async (command: RolloutCommand): Promise<CommandResult> => {
    const { rollback } = rollout.look()
    return foreseen(await rollout.state(), rollback, command, clock.wallMs())
  }
  const settle = async (): Promise<string | null> => {
    const state = isDryRun ? null : await rollout.settle(about.by)
    return state === null ? null : await write(bodyOf('rollback', state, state.reason, null))
  }

  return {
    settle,
    async run(command, judged) {
      checkCommand(command)
      oneOf('kind', command.kind, Object.keys(ACTIONS))
      checkJudged(judged)
      await settle()
      if (isDryRun) {
        return { result: await dryRun(command), acknowledgement: null, receipt: null, isDryRun }
      }
      const action = ACTIONS[command.kind]
      const receiptOf = (state: RolloutState): ReceiptBody =>
        bodyOf(action, state, command.reason, judged)
      const raised = raising(receipts, receiptOf)
      let result: CommandResult
      try {
        result = await rollout.run(command, about.by, raised.vouch)
      } catch (error) {
        const reason = `${command.kind} was not carried out: ${messageOf(error)}`
        const { before } = raised
        if (before !== null) await write(bodyOf('hold', before, reason, judged))
        throw error
      }
      if (result.kind !== 'moved') return { result, acknowledgement: null, receipt: null, isDryRun }
      const { state } = result
      const acknowledgement = await rollout.acknowledged({ seq: state.seq }, { waitMs: ackWaitMs })
      const receipt = raised.receipt ?? (await write(receiptOf(state)))
      return { result, acknowledgement, receipt, isDryRun }
    },

    async rollback(reason, judged) {
      someText('reason', reason)
      checkJudged(judged)
      const command: RolloutCommand = { kind: 'rollback', reason, id: 'dry-run' }
      if (isDryRun) {
        const result = await dryRun(command)
        return { result, acknowledgement: null, receipt: null, isDryRun }
      }
      const done: RollbackResult = await rollout.rollback(
        { reason, by: about.by },
        { waitMs: ackWaitMs },
      )
      const seen = rollout.look().state
      const state = seen ?? { ...beginning, reason }
      const moved = carryOut(state, { ...command, id: done.id }, clock.wallMs())
      const result: CommandResult =
        done.isSettled && seen !== null ? { kind: 'moved', state: seen } : moved
      const after = result.kind === 'moved' ? result.state : state
      const receipt = await write(bodyOf('rollback', after, reason, judged))
      return { result, acknowledgement: done.acknowledgement, receipt, isDryRun }
    },

    async hold(reason, judged) {
      someText('reason', reason)
      checkJudged(judged)
      return await write(bodyOf('hold', await rollout.state(), reason, judged))
    },
  }
}

/** Nobody more goes live without a receipt that says why: it is written before the move, and what moves no one up has time. */
function raising(
  receipts: Receipts,
  receiptOf: (state: RolloutState) => ReceiptBody,
): { readonly vouch: Vouch; receipt: string | null; before: RolloutState | null } {
  const raised = {
    receipt: null as string | null,
    before: null as RolloutState | null,
    async vouch(state: RolloutState, before: RolloutState): Promise<void> {
      if (state.stage <= before.stage) return
      try {
        raised.receipt = (await receipts.write(receiptOf(state))).file
      } catch (error) {
        throw new ReceiptNotWrittenError(before.stage, state.stage, error)
      }
      raised.before = before
    },
  }
  return raised
}

function checkOperator(options: OperatorOptions): void {
  onlyOptions('operator', options, OPTIONS)
  const { rollout, receipts, about, isDryRun, ackWaitMs, clock, observe = ignore } = options
  withMethods('rollout', rollout, ['run', 'settle', 'rollback', 'look', 'state', 'acknowledged'])
  withMethods('receipts', receipts, ['write'])
  checkAbout(about)
  trueOrFalse('isDryRun', isDryRun)
  lengthMs('ackWaitMs', ackWaitMs)
  withMethods('clock', clock, ['wallMs'])
  aFunction('observe', observe)
}

const TEXTS = ['appUrl', 'runbookUrl', 'buildSha', 'codeVersion', 'statePath'] as const

/** @throws {TypeError | RangeError} naming a bad field. */
export function checkAbout(about: About): void {
  onlyOptions('about', about, ['by', ...TEXTS, 'fastCap', 'env'], 'field')
  someText('about.by', about.by)
  for (const name of TEXTS) anyText(`about.${name}`, about[name])
  between('about.fastCap', about.fastCap, 0, 1)
  if (typeof about.env === 'object' && about.env !== null) return
  throw new TypeError(`about.env must be an environment, got ${shown(about.env)}`)
}

/** A receipt that says what was never judged could not be replayed. */
function checkJudged(judged: unknown): void {
  if (judged === null) return
  onlyOptions('judged', judged, ['inputs', 'verdict'], 'field')
  const { inputs, verdict } = judged as Partial<Judged>
  aVerdict(verdict)
  if (typeof inputs === 'object' && inputs !== null) return
  throw new TypeError(`judged.inputs must be what the verdict is of, got ${shown(inputs)}`)
}

function receiptBody(
  action: ReceiptAction,
  state: RolloutState,
  reason: string,
  judged: Judged | null,
  about: About,
): ReceiptBody {
  const { appUrl, runbookUrl, buildSha, codeVersion, statePath, fastCap, env, by } = about
  const { pilot } = effectiveRollout({ state, rollback: null }, { kill: false, enabled: true })
  const { NOVA_ANR_STATE_PATH, ...five } = environmentOf(pilot, { statePath, fastCap })
  return {
    action,
    stage: String(state.stage),
    pilot: pilotText(state.stage),
    app_url: appUrl,
    runbook_url: runbookUrl,
    // A rollback leaves the learned state where it is, and does not name it.
    env: action === 'rollback' ? five : { ...five, NOVA_ANR_STATE_PATH: NOVA_ANR_STATE_PATH ?? '' },
    summary: judged === null ? null : summaryOf(judged.inputs),
    build_sha: buildSha,
    env_snapshot_path: null,
    env_snapshot: environmentSnapshot(env),
    reason,
    by,
    code_version: codeVersion,
    inputs: judged?.inputs ?? null,
    verdict: judged?.verdict ?? null,
  }
}
