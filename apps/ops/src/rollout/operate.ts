import { join } from 'node:path'
import {
  carryOut,
  createOperator,
  createReceipts,
  createRollout,
  gateSettings,
  isInForce,
  type Operator,
  type PromotionFact,
  type Rollout,
  type RolloutJournalError,
  type RolloutState,
} from '@holdfast/promotion'
import { fanOut } from '@holdfast/seams'
import type { Context } from '../command.ts'
import { aboutOf, receiptsOf } from '../evidence/daily-options.ts'
import { personOf } from '../person.ts'

/** Longest to wait for the routers to say that they obey, in ms. They look every 200 ms. */
export const ACK_WAIT_MS = 5_000

/** The rollout of the data directory, and who changes it on behalf of the person who called. */
export function operating(context: Context): {
  readonly rollout: Rollout
  readonly operator: Operator
} {
  const { dataDir, clock, random, settings, isDry, signal } = context
  const observe = fanOut<PromotionFact>(context.observe, (fact) => warnOf(fact, context))
  // Whoever is told to stop waits for nobody any more, and still says what it has done.
  const seams = { signal, clock, random, observe }
  const rollout = createRollout({ directory: join(dataDir, 'rollout'), ...seams })
  const receipts = createReceipts({ ...receiptsOf(context), ...seams })
  const about = aboutOf(
    context,
    personOf(context),
    settings.gates.fastCap ?? gateSettings().fastCap,
  )
  const parts = { rollout, receipts, about, ackWaitMs: ACK_WAIT_MS, clock, observe }
  return { rollout, operator: createOperator({ ...parts, isDryRun: isDry }) }
}

/** What was done in spite of something that failed is done; but it has to be said. */
function warnOf(fact: PromotionFact, { warn }: Context): void {
  if (fact.kind === 'promotion.receipt-failed') {
    const { error } = fact
    warn(`no receipt could be written: ${error instanceof Error ? error.message : String(error)}`)
  } else if (fact.kind === 'promotion.journal-anew') {
    const { reason, keptAt } = fact
    const kept = keptAt === null ? 'there is none' : `it is kept as ${keptAt}`
    warn(
      `the journal cannot be trusted: ${reason}; ${kept}, and a new one begins with this rollback`,
    )
  } else if (fact.kind === 'promotion.held' && fact.command === 'rollback') {
    warn(`the rollback is in force, and not in the journal yet: ${fact.reasons.join('; ')}`)
  }
}

/** What is wrong with the journal; null where it can be trusted, and where nobody can tell. */
export async function journalTrouble(rollout: Rollout): Promise<string | null> {
  return await rollout.state().then(
    () => null,
    ({ code, message }: Partial<RolloutJournalError>) =>
      code === 'ROLLOUT_JOURNAL' ? (message ?? '') : null,
  )
}

/**
 * Where a rollout stands, with a rollback that is in force and not in its journal yet.
 * @throws {RolloutJournalError} when the journal cannot be trusted.
 */
export async function currentState(rollout: Rollout, nowMs: number): Promise<RolloutState> {
  const state = await rollout.state()
  const { rollback } = rollout.look()
  if (!isInForce({ state, rollback }) || state.standing.kind === 'rolled-back') return state
  const reason =
    rollback === 'unreadable' || rollback === null ? 'its file cannot be read' : rollback.reason
  const result = carryOut(state, { kind: 'rollback', reason, id: 'unreadable' }, nowMs)
  return result.kind === 'moved' ? result.state : state
}

/** Why nothing may be promoted until someone lets it go on; null where it may. */
export function frozenBecause({ standing }: RolloutState): string | null {
  if (standing.kind === 'frozen') return standing.reason
  return standing.kind === 'rolled-back' ? (standing.frozen ?? null) : null
}
