import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { verifiedLines } from '../show/state.ts'
import { findBackup, findBackups, verifyBackup, type Verified } from '../state/backups.ts'
import { backupsIn } from '../state/places.ts'

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
    const isBad = backups.some(({ kind }) => kind === 'bad' || kind === 'damaged')
    return {
      code: isBad ? EXIT.integrity : EXIT.ok,
      data: { backups },
      next: isBad ? ['holdfast state backup', 'holdfast state list'] : [],
    }
  },
  show: verifiedLines,
}
