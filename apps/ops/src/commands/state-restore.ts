import { join } from 'node:path'
import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { restoredLines } from '../show/state.ts'
import { checkNoRouter, keepRoutersOut } from '../state/alone.ts'
import { startCommand } from '../router/start.ts'
import { findBackup, verifyBackup } from '../state/backups.ts'
import { examineLive } from '../state/examine.ts'
import { FILES } from '../state/manifest.ts'
import { learnedIn } from '../state/places.ts'
import { putBack } from '../state/put-back.ts'
import { takeBackup } from '../state/take-backup.ts'

/** What is in use now, and where what it replaced can be had back from. */
export interface Restored {
  readonly id: string
  readonly decisions: number
  /** The backup of what was there before; null if nothing was, or after a dry run. */
  readonly backup: string | null
  /** Where its files are kept. */
  readonly keptAt: string | null
  readonly isRestored: boolean
}

export const command: Command<Restored, { readonly id: string }> = {
  async run(context, { id: name }) {
    const { dataDir, settings, progress } = context
    const learned = learnedIn(dataDir)
    const backup = await findBackup(dataDir, name)
    await checkNoRouter(context)
    progress(`restoring ${backup.id} to a scratch directory`)
    const { kind, problems, decisions } = await verifyBackup(backup, context)
    if ((kind !== 'sound' && kind !== 'damaged') || decisions === null) {
      const why = problems.join('; ')
      throw new OpsError('OPS_INTEGRITY', `${backup.path} cannot be restored: ${why}`, {
        next: ['holdfast state verify --all', 'holdfast state list'],
      })
    }
    for (const problem of problems) context.warn(problem)
    const data = { id: backup.id, decisions, backup: null, keptAt: null, isRestored: false }
    const isAgreed = await context.proceed({
      steps: [
        'keep routers out',
        `take a backup of ${learned} as it is`,
        `put a copy of ${backup.id} with ${decisions} decisions in its place`,
        'keep what was there aside',
      ],
      ask: 'yes',
    })
    if (!isAgreed) return { data }

    await using _alone = await keepRoutersOut(context)
    // One more may stay, or the one that is restored could be the one that goes.
    const keep = settings.keep.stateBackups + 1
    const taken = await takeBackup({ ...context, keep, isAsIs: true })
    for (const problem of taken?.stuck ?? []) context.warn(problem)
    progress('putting it back')
    const keptAt = await putBack(join(backup.path, FILES), context)
    const found = await examineLive(learned, context)
    const seen = found.kind === 'sound' || found.kind === 'damaged' ? found.decisions : found.kind
    if (seen !== decisions) throw restoredOtherwise(learned, seen, decisions, keptAt)
    return {
      data: { ...data, backup: taken?.backup.id ?? null, keptAt, isRestored: true },
      next: ['holdfast state show', startCommand(context)],
    }
  },
  show: restoredLines,
}

/** The state was put back, and does not hold what its backup does. */
export function restoredOtherwise(
  learned: string,
  seen: number | string,
  decisions: number,
  keptAt: string | null,
): OpsError {
  const before = keptAt === null ? 'there was none before' : `what was there is kept in ${keptAt}`
  return new OpsError(
    'OPS_INTEGRITY',
    `${learned} was put back, and holds ${seen} and not ${decisions} decisions; ${before}`,
    { next: ['holdfast state show', 'holdfast state list'] },
  )
}
