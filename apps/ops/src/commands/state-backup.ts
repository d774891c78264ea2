import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { backedUpLines } from '../show/state.ts'
import { startCommand } from '../router/start.ts'
import { findBackups, keptOf, surplus } from '../state/backups.ts'
import { examineLive } from '../state/examine.ts'
import { backupIdAt, backupsIn, learnedIn } from '../state/places.ts'
import { stampOf } from '../stamp.ts'
import { takeBackup } from '../state/take-backup.ts'

/** The backup that was taken, and which older ones went for it. */
export interface BackedUp {
  /** What it is called, or would be. */
  readonly id: string
  readonly path: string | null
  readonly kind: 'sound' | 'damaged' | 'as-is'
  readonly decisions: number | null
  readonly files: number
  readonly bytes: number
  readonly removed: readonly string[]
  readonly isTaken: boolean
}

export const command: Command<BackedUp, { readonly asIs?: boolean }> = {
  async run(context, { asIs = false }) {
    const { dataDir, settings, clock } = context
    const learned = learnedIn(dataDir)
    const keep = settings.keep.stateBackups
    const nothing = (): OpsError =>
      new OpsError('OPS_NOT_FOUND', `nothing was learned in ${learned}`, {
        next: ['holdfast state list', startCommand(context)],
      })
    const before = await findBackups(dataDir)
    const id = backupIdAt(
      clock.wallMs(),
      before.map((backup) => backup.id),
    )
    // As if it held all that there was; where it holds less, more stays.
    const assumed = { id, proof: 'sound', decisions: Infinity } as const
    const gone = surplus([assumed, ...before.map(keptOf)], keep)
    const isAgreed = await context.proceed({
      steps: [
        `copy ${learned} to state_backups/${id} and open the copy`,
        ...gone.map((one) => `then remove ${one}`),
      ],
      ask: 'nothing',
    })
    if (!isAgreed) {
      const found = await examineLive(learned, context)
      if (found.kind === 'missing') throw nothing()
      const isOpen = found.kind !== 'broken'
      const planned = { id, path: null, files: 0, bytes: 0, removed: gone, isTaken: false }
      if (!isOpen && !asIs) {
        throw new OpsError(
          'OPS_INTEGRITY',
          `${learned} cannot be opened: ${found.problems.join('; ')}`,
          {
            next: ['holdfast state backup --as-is'],
          },
        )
      }
      const kind = isOpen ? found.kind : 'as-is'
      return { data: { ...planned, kind, decisions: isOpen ? found.decisions : null } }
    }
    const taken = await takeBackup({ ...context, keep, isAsIs: asIs })
    if (taken === null) throw nothing()
    const { backup, removed, stuck } = taken
    const { proof, files, problems } = backup.manifest
    for (const problem of [...problems, ...(proof?.problems ?? []), ...stuck]) context.warn(problem)
    if (!backup.id.startsWith(`anr_state_${stampOf(backup.manifest.takenAtMs)}`)) {
      context.warn(
        `the name of ${backup.id} is not its time: another backup is of a later time, from a clock that was ahead, and this one has to come after it`,
      )
    }
    return {
      code: stuck.length === 0 ? EXIT.ok : EXIT.degraded,
      data: {
        id: backup.id,
        path: backup.path,
        kind: proof?.kind ?? 'as-is',
        decisions: proof?.decisions ?? null,
        files: files.length,
        bytes: files.reduce((sum, file) => sum + file.bytes, 0),
        removed,
        isTaken: true,
      },
      next: [
        ...(stuck.length === 0 ? [] : [`ls -la ${backupsIn(dataDir)}`]),
        `holdfast state verify ${backup.id}`,
      ],
    }
  },
  show: backedUpLines,
}
