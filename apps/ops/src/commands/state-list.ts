import type { Command } from '../command.ts'
import { backupLines } from '../show/state.ts'
import { findBackups, proofOf } from '../state/backups.ts'

/** A backup by its manifest; it was not opened again. */
export interface ListedBackup {
  readonly id: string
  readonly takenAtMs: number | null
  readonly decisions: number | null
  readonly bytes: number
  /** What came out when it was opened, before it got its name; `as-is` and `unreadable` were never opened. */
  readonly proof: 'sound' | 'damaged' | 'as-is' | 'unreadable'
  readonly problems: readonly string[]
}

/** The backups of the data directory. */
export interface BackupsListed {
  readonly atMs: number
  readonly keep: number
  /** The newest first. */
  readonly backups: readonly ListedBackup[]
}

export const command: Command<BackupsListed> = {
  async run({ dataDir, clock, settings }) {
    const backups = (await findBackups(dataDir)).map((backup): ListedBackup => {
      const { id, manifest, problem } = backup
      const proof = proofOf(backup)
      return {
        id,
        takenAtMs: manifest?.takenAtMs ?? null,
        decisions: manifest?.proof?.decisions ?? null,
        bytes: (manifest?.files ?? []).reduce((sum, { bytes }) => sum + bytes, 0),
        proof: proof !== 'none' ? proof : manifest === null ? 'unreadable' : 'as-is',
        problems: [
          ...(problem === null ? [] : [problem]),
          ...(manifest?.problems ?? []),
          ...(manifest?.proof?.problems ?? []),
        ],
      }
    })
    return {
      data: { atMs: clock.wallMs(), keep: settings.keep.stateBackups, backups },
      next: backups.length === 0 ? ['holdfast state backup'] : [],
    }
  },
  show: backupLines,
}
