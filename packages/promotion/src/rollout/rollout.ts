import { mkdir } from 'node:fs/promises'
import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import { unchanged, updateSharedJson, type ChangeContext } from '@holdfast/shared-json'
import { messageOf } from '../errors.ts'
import type { PromotionFact } from '../facts.ts'
import { lengthMs, onlyOptions, someText } from '../option-rules.ts'
import { patience } from '../patience.ts'
import { acknowledgement, checkAwaited, type Acknowledgement, type Awaited } from './acknowledge.ts'
import { checkCommand } from './command-rules.ts'
import type { CommandResult, RolloutCommand } from './command.ts'
import type { RolloutSight } from './effective.ts'
import { filesOf, lookAt, type RolloutFiles } from './files.ts'
import { knownOf, replaceJournal, truthOf } from './journal-file.ts'
import { writeRollback } from './rollback-file.ts'
import type { RolloutState } from './state.ts'
import { Steps } from './steps.ts'
import { writeMove } from './write-move.ts'

export interface RolloutOptions {
  /** Where the files of the rollout are. Made if it is missing. */
  readonly directory: string
  /** Longest to wait for another command, in ms ≥ 0. Default 15 000. */
  readonly lockWaitMs?: number
  /** Aborted: neither a lock nor a router is waited for any longer. A lock that is free is still taken, and what has begun is finished. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<PromotionFact>
}

export interface RollbackRequest {
  /** Why, for the record. */
  readonly reason: string
  /** Who asks. */
  readonly by: string
}

export interface RollbackResult {
  /** Names it, in `rollback.json` and in acknowledgements. */
  readonly id: string
  readonly acknowledgement: Acknowledgement
  /** Whether it is in the journal already. If not, it is in force all the same, and the next command writes it there. */
  readonly isSettled: boolean
}

/** Stands for a move before it is made, as by a receipt of it. */
export type Vouch = (state: RolloutState, before: RolloutState) => Promise<void>

/** A rollout, as those see it who may change it. */
export interface Rollout {
  readonly files: RolloutFiles
  /** What a router would see now. Takes no lock. */
  look(): RolloutSight
  /**
   * Where the rollout stands by its journal.
   * @throws {RolloutJournalError} when that cannot be trusted.
   */
  state(): Promise<RolloutState>
  /**
   * Carries out a command: journal first, then state, under the rollout's lock. A rollback that is in force is written down before. A
   * beginning writes a `rollback.json` that can be read over one that cannot, and answers that.
   * @param vouch is called with the new state and the one before, before anything is written. What it throws comes out; nothing was changed.
   * @throws {TypeError | RangeError} naming a bad field of the command. Nothing was changed.
   * @throws {RolloutJournalError} when the journal cannot be trusted. Nothing was changed.
   * @throws what `updateSharedJson` throws, or `signal.reason`. Nothing was changed, unless it was written and only could not be confirmed.
   */
  run(command: RolloutCommand, by: string, vouch?: Vouch): Promise<CommandResult>
  /**
   * Writes down a rollback that is in force and not in the journal yet, and makes a state anew that is behind its journal.
   * @returns the state of the rollback that was written down; null when there was none.
   * @throws as `run`.
   */
  settle(by: string): Promise<RolloutState | null>
  /**
   * Rolls back at once: the file that every router obeys is written without a lock. Then it waits for the routers, and for the journal as
   * long as the lock is not held by another. A journal that cannot be trusted is kept beside a new one, which begins with this rollback: what was
   * frozen by the last that is known stays so.
   * On a full disk the file is made empty, which rolls back as well, but does not say why.
   * @throws {JsonNotWrittenError} when not even that was possible. Nothing was changed.
   * @throws {TypeError | RangeError} naming a bad field of the request. Nothing was changed.
   */
  rollback(request: RollbackRequest, wait?: { readonly waitMs?: number }): Promise<RollbackResult>
  /** Waits until every living router obeys. Default 5000 ms. @throws {TypeError | RangeError} naming a bad field of what is awaited. */
  acknowledged(awaited: Awaited, wait?: { readonly waitMs?: number }): Promise<Acknowledgement>
}

/** How a command is carried out. */
interface Means {
  readonly waitMs: number
  /** What a new journal begins with where the one that is there cannot be trusted; without it, that is an error. */
  readonly anew?: RolloutCommand
  readonly vouch?: Vouch | undefined
}

const OPTIONS = ['directory', 'lockWaitMs', 'signal', 'clock', 'random', 'observe']

/** @throws {TypeError | RangeError} naming a bad option. */
export function createRollout(options: RolloutOptions): Rollout {
  onlyOptions('rollout', options, OPTIONS)
  const { directory, lockWaitMs = 15_000, signal } = options
  const { clock = systemClock, random = systemRandom } = options
  const observe = fanOut(options.observe ?? ignore)
  someText('directory', directory)
  lengthMs('lockWaitMs', lockWaitMs)
  const files = filesOf(directory)
  const look = (): RolloutSight =>
    lookAt(files, (path, reason) => observe({ kind: 'promotion.unreadable', path, reason }))

  const acknowledged: Rollout['acknowledged'] = async (awaited, wait = {}) => {
    checkAwaited(awaited)
    const waitMs = waitOf('acknowledged', wait)
    // Of a rollout that is rolled back, routers say that they obey the rollback.
    const isBack = look().state?.standing.kind === 'rolled-back'
    return await acknowledgement(files.workers, awaited, { waitMs, clock, isBack, signal })
  }

  const run = async (
    command: RolloutCommand | null,
    by: string,
    { waitMs, anew, vouch }: Means,
  ): Promise<{ readonly result: CommandResult; readonly absorbed: RolloutState | null }> => {
    await mkdir(directory, { recursive: true })
    const steps = new Steps()
    const seams = { clock, random, observe }
    let absorbed: RolloutState | null = null
    const { wait, end } = patience(signal ?? null)
    const change = async (
      current: unknown,
      { lock }: ChangeContext<RolloutState>,
    ): Promise<RolloutState | typeof unchanged> => {
      end()
      const { trouble, ...truth } = await knownOf(files.journal, current)
      if (trouble !== null) {
        if (anew === undefined) throw trouble
        steps.start({ ...truth.state, head: '' }, clock.wallMs())
        steps.take(anew, null, by)
        const keptAt = await replaceJournal(files.journal, steps.entries, clock.wallMs())
        const reason = trouble.message
        observe({ kind: 'promotion.journal-anew', path: files.journal, keptAt, reason })
        return steps.state
      }
      steps.start(truth.state, clock.wallMs())
      let { rollback } = look()
      absorbed = steps.absorb(rollback)
      if (command?.kind === 'begin' && rollback === 'unreadable') {
        const reason = `its file could not be read; ${by} begins again: ${command.reason}`
        rollback = await writeRollback(files.rollback, { reason, by }, seams)
      }
      if (command !== null) steps.take(command, rollback, by)
      const isMoved = steps.entries.length > 0
      if (isMoved) {
        await vouch?.(steps.state, truth.state)
        await writeMove(files, truth, steps, lock, seams)
      }
      if (truth.tornBytes > 0) {
        const sizeBytes = truth.tornBytes
        observe({ kind: 'promotion.journal-cut', path: files.journal, sizeBytes })
      }
      const isBehind = (current as RolloutState | undefined)?.head !== truth.state.head
      if (isBehind && truth.state.seq > 0) {
        observe({ kind: 'promotion.repaired', path: files.state, seq: truth.state.seq })
      }
      return !isMoved && isBehind && truth.state.seq > 0 ? steps.state : unchanged
    }
    const broken = { onCorrupt: 'default', default: () => steps.state } as const
    const shared = { waitMs, ...wait, ...seams, pretty: true, ...broken }
    await updateSharedJson<RolloutState>(files.state, change, shared).finally(end)
    tell(steps, observe, command)
    return { result: steps.result, absorbed }
  }

  return {
    files,
    look,
    acknowledged,
    async state() {
      return (await truthOf(files.journal, look().state)).state
    },
    async run(command, by, vouch) {
      checkCommand(command)
      someText('by', by)
      return (await run(command, by, { waitMs: lockWaitMs, vouch })).result
    },
    async settle(by) {
      someText('by', by)
      return (await run(null, by, { waitMs: lockWaitMs })).absorbed
    },
    async rollback(request, wait = {}) {
      onlyOptions('the request of a rollback', request, ['reason', 'by'], 'field')
      const { reason, by } = request
      someText('by', by)
      someText('reason', reason)
      const waitMs = waitOf('rollback', wait)
      const { id } = await writeRollback(files.rollback, request, { clock, random, observe })
      observe({ kind: 'promotion.rolled-back', id, reason })
      const answer = await acknowledged({ rollback: id }, { waitMs })
      const anew = { kind: 'rollback', reason, id } as const
      const isSettled = await run(null, by, { waitMs: Math.min(lockWaitMs, waitMs), anew }).then(
        () => true,
        (error: unknown) => {
          observe({
            kind: 'promotion.held',
            command: 'rollback',
            how: 'held',
            reasons: [messageOf(error)],
          })
          return false
        },
      )
      return { id, acknowledgement: answer, isSettled }
    },
  }
}

function waitOf(of: string, wait: { readonly waitMs?: number }): number {
  onlyOptions(of, wait, ['waitMs'])
  const { waitMs = 5_000 } = wait
  lengthMs('waitMs', waitMs)
  return waitMs
}

function tell(
  { before, result, entries }: Steps,
  observe: Observe<PromotionFact>,
  command: RolloutCommand | null,
): void {
  let from = before.stage
  for (const { command, seq, state, reason } of entries) {
    observe({ kind: 'promotion.moved', command, seq, from, to: state.stage, reason })
    from = state.stage
  }
  if (command !== null && result.kind !== 'moved') {
    const { kind: how, reasons } = result
    observe({ kind: 'promotion.held', command: command.kind, how, reasons })
  }
}
