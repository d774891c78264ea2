import type { Stage } from '@holdfast/promotion'
import { BEGIN } from '../advice.ts'
import type { Command } from '../command.ts'
import { NO_REASON } from '../reason.ts'
import { currentState, frozenBecause, operating } from '../rollout/operate.ts'
import { unfreezeLines } from '../show/freeze.ts'

/** What may go on. One that is rolled back stays so. */
export interface Unfrozen {
  readonly stage: Stage
  /** Why it was frozen; null where it was not. */
  readonly wasFrozen: string | null
  readonly isRolledBack: boolean
  readonly isDone: boolean
  readonly receipt: string | null
}

export const command: Command<Unfrozen, { readonly reason?: string }> = {
  async run(context, { reason = NO_REASON }) {
    const { rollout, operator } = operating(context)
    const state = await currentState(rollout, context.clock.wallMs())
    const wasFrozen = frozenBecause(state)
    const isRolledBack = state.standing.kind === 'rolled-back'
    const data = { stage: state.stage, wasFrozen, isRolledBack, isDone: false, receipt: null }
    if (wasFrozen === null) return { data }
    const steps = [
      `unfreeze what was frozen because of: ${wasFrozen}`,
      `write down the reason: ${reason}`,
    ]
    if (!(await context.proceed({ steps, ask: 'nothing' }))) return { data }

    const { receipt } = await operator.run({ kind: 'thaw', reason }, null)
    const next = isRolledBack ? BEGIN : 'holdfast status'
    return { data: { ...data, isDone: true, receipt }, next: [next] }
  },
  show: unfreezeLines,
}
