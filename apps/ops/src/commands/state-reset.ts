import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { resetLines } from '../show/state.ts'
import { checkNoRouter, keepRoutersOut } from '../state/alone.ts'
import { examineLive } from '../state/examine.ts'
import { learnedIn } from '../state/places.ts'
import { setAside } from '../state/put-back.ts'
import { takeBackup } from '../state/take-backup.ts'

/** What was forgotten, and where it can be had back from. */
export interface StateReset {
  /** What it knew; null where it could not be opened. */
  readonly decisions: number | null
  readonly backup: string | null
  readonly keptAt: string | null
  readonly isReset: boolean
}

/** What has to be typed. */
const NAME = 'learned'

export const command: Command<StateReset> = {
  async run(context) {
    const { dataDir, settings } = context
    const learned = learnedIn(dataDir)
    await checkNoRouter(context)
    const found = await examineLive(learned, context)
    if (found.kind === 'missing') {
      throw new OpsError('OPS_NOT_FOUND', `nothing was learned in ${learned}`, {
        next: ['holdfast state show'],
      })
    }
    const decisions = found.kind === 'broken' ? null : found.decisions
    const what = decisions === null ? 'what cannot be opened' : `${decisions} decisions`
    const isAgreed = await context.proceed({
      steps: [
        'keep routers out',
        `take a backup of ${learned} as it is`,
        `move ${learned} with ${what} aside: the next router begins with nothing`,
      ],
      ask: { name: NAME, what: `forget ${what}` },
    })
    if (!isAgreed) return { data: { decisions, backup: null, keptAt: null, isReset: false } }

    await using _alone = await keepRoutersOut(context)
    const keep = settings.keep.stateBackups
    const taken = await takeBackup({ ...context, keep, isAsIs: true })
    for (const problem of taken?.stuck ?? []) context.warn(problem)
    const keptAt = await setAside(learned, context)
    const backup = taken?.backup.id ?? null
    return {
      data: { decisions, backup, keptAt, isReset: true },
      next: backup === null ? [] : [`holdfast state restore ${backup}`],
    }
  },
  show: resetLines,
}
