import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Acknowledgement, Stage } from '@holdfast/promotion'
import type { Command } from '../command.ts'
import { NO_REASON } from '../reason.ts'
import { obedienceExit } from '../rollout/obedience.ts'
import { journalTrouble, operating } from '../rollout/operate.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { rollbackLines } from '../show/rollback.ts'

export interface RolledBack {
  /** The stage that it falls from; null where it is not known. */
  readonly from: Stage | null
  readonly reason: string
  /** False after a dry run. */
  readonly isDone: boolean
  /** False: it is in force by its file, and the next command writes it there. */
  readonly isInJournal: boolean
  readonly acknowledgement: Acknowledgement | null
  readonly routers: readonly RouterSeen[]
  readonly receipt: string | null
}

export const command: Command<RolledBack, { readonly reason?: string }> = {
  async run(context, { reason = NO_REASON }) {
    const { dataDir } = context
    const { rollout, operator } = operating(context)
    // It is done all the same: a router that is to start here begins with it.
    if (!['rollout', 'router.lock'].some((name) => existsSync(join(dataDir, name)))) {
      const below = routersBelow(dataDir)
      const where =
        below.length === 0
          ? 'holdfast config show --origin says what named it'
          : `a router has or had ${below.join(', ')}: name it with --data-dir`
      context.warn(
        `no rollout ever was in ${dataDir}, and no router: it is probably not the data directory that is meant; ${where}`,
      )
    }
    // Without a lock, and whatever the journal says: nothing may stand in the way.
    const from = rollout.look().state?.stage ?? null
    const data: RolledBack = {
      from,
      reason,
      isDone: false,
      isInJournal: false,
      acknowledgement: null,
      routers: [],
      receipt: null,
    }
    const trouble = await journalTrouble(rollout)
    const steps = [
      `let the guardrail answer everyone, from now on and until someone begins again: ${join(dataDir, 'rollout', 'rollback.json')}`,
      ...(trouble === null
        ? []
        : [`begin a new journal, and keep what is there of the old one: ${trouble}`]),
      `write down the reason: ${reason}`,
    ]
    if (!(await context.proceed({ steps, ask: 'nothing' }))) return { data }

    context.signal.throwIfAborted()
    const { acknowledgement, receipt } = await operator.rollback(reason, null)
    const routers = await routersOf(context)
    return {
      code: obedienceExit(acknowledgement, context),
      data: {
        ...data,
        isDone: true,
        isInJournal: rollout.look().state?.standing.kind === 'rolled-back',
        acknowledgement,
        routers,
        receipt,
      },
      // Nothing of beginning again: first comes what it was rolled back for.
      next: ['holdfast status'],
    }
  },
  show: rollbackLines,
}

/** Directories right below that are a router's, as `run/demo` is. */
function routersBelow(dataDir: string): string[] {
  try {
    const paths = readdirSync(dataDir).map((name) => join(dataDir, name))
    return paths.filter((path) => existsSync(join(path, 'router.lock')))
  } catch {
    return [] // It is advice only, and stands in the way of no rollback.
  }
}
