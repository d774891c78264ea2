import type { Acknowledgement, Stage } from '@holdfast/promotion'
import type { Command } from '../command.ts'
import { durationText } from '../duration.ts'
import { OpsError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { momentText, type Until } from '../moment.ts'
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
  /** False where it was rolled back, and the freeze that was to follow failed. */
  readonly isFrozen: boolean
  readonly isDone: boolean
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
    const untilMs = until === undefined ? null : momentOf(until, context.clock.wallMs())
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
      isFrozen: false,
      isDone: false,
      acknowledgement: null,
      routers: [],
      receipt: null,
    }
    if (!(await context.proceed({ steps, ask: 'nothing' }))) return { data }

    // The users come first: a freeze needs the lock, and a rollback does not.
    context.signal.throwIfAborted()
    const back = withRollback ? await operator.rollback(reason, null) : null
    const frozen = await operator.run({ kind: 'freeze', reason }, null).catch((error: unknown) => {
      if (back === null) throw error
      // A rollback that is in force is told, whatever becomes of the freeze.
      const why = error instanceof Error ? error.message : String(error)
      context.warn(`the rollback is in force, and nothing is frozen: ${why}`)
      return null
    })
    const acknowledgement = back?.acknowledgement ?? null
    return {
      code: frozen === null ? EXIT.degraded : obedienceExit(acknowledgement, context),
      data: {
        ...data,
        isFrozen: frozen !== null,
        isDone: true,
        acknowledgement,
        routers: await routersOf(context),
        receipt: frozen?.receipt ?? back?.receipt ?? null,
      },
      next: ['holdfast status', frozen === null ? 'holdfast freeze' : 'holdfast unfreeze'],
    }
  },
  show: freezeLines,
}

const LAST_MS = Date.UTC(9999, 11, 31)

/** @throws {OpsError} `OPS_USAGE` for an end that is no end. */
function momentOf(until: Until, nowMs: number): number {
  const atMs = until.kind === 'moment' ? until.atMs : nowMs + until.ms
  if (atMs > nowMs && atMs <= LAST_MS) return atMs
  const seen = until.kind === 'moment' ? `${momentText(atMs)} UTC` : durationText(until.ms)
  const may = `--until must be ahead of now, ${momentText(nowMs)} UTC, and before the year 10000`
  const next = ['holdfast freeze --help']
  throw new OpsError('OPS_USAGE', `${may}, got ${seen}; nothing was changed`, { next })
}
