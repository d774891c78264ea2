import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { verifiedLines } from '../show/state.ts'
import {
  findBackup,
  findBackups,
  proofOf,
  verifyBackup,
  type Backup,
  type Verified,
} from '../state/backups.ts'
import { backupsIn } from '../state/places.ts'

/** Each backup was restored to a scratch directory and opened there. */
export interface BackupsVerified {
  readonly backups: readonly Verified[]
}

export const command: Command<BackupsVerified, { readonly id?: string; readonly all?: boolean }> = {
  async run(context, { id, all = false }) {
    const { dataDir, progress, signal } = context
    if (all && id !== undefined) {
      throw new OpsError('OPS_USAGE', `name a backup or give --all, not both: ${id}`)
    }
    const every = await findBackups(dataDir)
    const chosen = id === undefined ? every : [await findBackup(dataDir, id)]
    const meant = all ? chosen : chosen.slice(0, 1)
    if (meant.length === 0) {
      throw new OpsError('OPS_NOT_FOUND', `there is no backup in ${backupsIn(dataDir)}`, {
        next: ['holdfast state backup'],
      })
    }
    const backups: Verified[] = []
    for (const backup of meant) {
      signal.throwIfAborted()
      progress(`restoring ${backup.id} to a scratch directory`)
      backups.push(await verifyBackup(backup, context))
    }
    const code = exitOf(backups, every)
    return {
      code,
      data: { backups },
      next: code === EXIT.ok ? [] : ['holdfast state backup', 'holdfast state list'],
    }
  },
  show: verifiedLines,
}

/** One that cannot be opened, and was taken so on purpose, is only then the worst when no other could be restored instead. */
function exitOf(backups: readonly Verified[], every: readonly Backup[]): ExitCode {
  if (backups.some(({ kind }) => kind === 'bad' || kind === 'damaged')) return EXIT.integrity
  if (!backups.some(({ kind }) => kind === 'as-is')) return EXIT.ok
  return every.some((backup) => proofOf(backup) === 'sound') ? EXIT.degraded : EXIT.integrity
}
