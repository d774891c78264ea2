import type { Acknowledgement, Stage } from '@holdfast/promotion'
import { ROLLBACK } from '../advice.ts'
import type { Command } from '../command.ts'
import { durationText } from '../duration.ts'
import { nextAfter, OpsError } from '../errors.ts'
import { EXIT, exitCodeOf } from '../exit-codes.ts'
import { commandLine } from '../help.ts'
import { momentAfter, momentText, type Until } from '../moment.ts'
import { NO_REASON } from '../reason.ts'
import { obedienceExit } from '../rollout/obedience.ts'
import { frozenBecause, journalTrouble, operating } from '../rollout/operate.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { freezeLines } from '../show/freeze.ts'

export interface Frozen {
  /** The stage that is kept, or that it falls from; null where it is not known. */
  readonly stage: Stage | null
  readonly reason: string
  readonly untilMs: number | null
  /** What it was frozen for before, end included, which this replaces; null where it was not, or where that is not known. */
  readonly wasFrozen: string | null
  readonly isRolledBack: boolean
  readonly isDone: boolean
  /** Why it is rolled back and not frozen; null otherwise. */
  readonly notFrozenBecause: string | null
  /** Of the rollback; a freeze alone changes nothing for a router. */
  readonly acknowledgement: Acknowledgement | null
  readonly routers: readonly RouterSeen[]
  readonly receipt: string | null
}

interface Given {
  readonly reason?: string
  readonly until?: Until
  readonly rollback?: boolean
}

export const command: Command<Frozen, Given> = {
  async run(context, { reason: why = NO_REASON, until, rollback: withRollback = false }) {
    const { rollout, operator } = operating(context)
    const { state } = rollout.look()
    const stage = state?.stage ?? null
    const wasFrozen = state === null ? null : frozenBecause(state)
    const untilMs = until === undefined ? null : endOf(context.clock.wallMs(), until)
    const reason = untilMs === null ? why : `${why} (until ${momentText(untilMs)} UTC)`
    const trouble = withRollback ? await journalTrouble(rollout) : null
    const steps = [
      ...(withRollback ? ['let the guardrail answer everyone, from now on'] : []),
      ...(trouble === null
        ? []
        : [`begin a new journal, and keep what is there of the old one: ${trouble}`]),
      'keep the stage: nothing is promoted or begun until someone unfreezes',
      ...(wasFrozen === null ? [] : [`replace what it is frozen for now: ${wasFrozen}`]),
      `write down the reason: ${reason}`,
    ]
    const data: Frozen = {
      stage,
      reason,
      untilMs,
      wasFrozen,
      isRolledBack: withRollback,
      isDone: false,
      notFrozenBecause: null,
      acknowledgement: null,
      routers: [],
      receipt: null,
    }
    if (!(await context.proceed({ steps, ask: 'nothing' }))) return { data }

    // The users come first: a freeze needs the lock, and a rollback does not.
    context.signal.throwIfAborted()
    const back = withRollback ? await operator.rollback(reason, null) : null
    const frozen = await operator
      .run({ kind: 'freeze', reason }, null)
      .catch((error: unknown) => failed(error, back !== null))
    const acknowledgement = back?.acknowledgement ?? null
    const done = {
      ...data,
      isDone: true,
      acknowledgement,
      routers: await routersOf(context),
      receipt: frozen.receipt ?? back?.receipt ?? null,
    }
    if ('error' in frozen) {
      return {
        // Whoever did not want to wait any longer is not told that nothing was done.
        code: context.signal.aborted ? EXIT.degraded : exitCodeOf(frozen.error),
        data: { ...done, notFrozenBecause: frozen.error.message },
        next: [...nextAfter(frozen.error), commandLine(['freeze', '--reason', why])],
      }
    }
    return {
      code: obedienceExit(acknowledgement, context),
      data: done,
      next: ['holdfast status', 'holdfast unfreeze'],
    }
  },
  show: freezeLines,
}
const LAST_MS = Date.UTC(9999, 11, 31)

/** @throws {OpsError} `OPS_USAGE` for an end that is no end. */
function endOf(nowMs: number, until: Until): number {
  const atMs = momentAfter(nowMs, until)
  if (atMs > nowMs && atMs <= LAST_MS) return atMs
  const seen = until.kind === 'moment' ? `${momentText(atMs)} UTC` : durationText(until.ms)
  const may = `--until must be ahead of now, ${momentText(nowMs)} UTC, and before the year 10000`
  const next = ['holdfast freeze --help']
  throw new OpsError('OPS_USAGE', `${may}, got ${seen}; nothing was changed`, { next })
}

/**
 * A freeze that failed after a rollback: it has to be said that the rollback is in force.
 * @throws the error itself where nothing was done; of a lock that is held with what helps at once.
 */
function failed(
  error: unknown,
  isRolledBack: boolean,
): { readonly error: Error; readonly receipt: null } {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  if (isRolledBack && error instanceof Error) return { error, receipt: null }
  if (!(error instanceof Error) || code !== 'LOCK_TIMEOUT') throw error
  throw new OpsError('OPS_LOCKED', `nothing is frozen: ${error.message}`, {
    next: [...nextAfter(error), ROLLBACK],
    cause: error,
  })
}
