import type { Command } from '../command.ts'
import { completeSettings } from '../config/complete.ts'
import { validLines } from '../show/config.ts'

/** The file that can be used: one that cannot is an error. */
export interface ConfigValid {
  /** Null: there is none, and the defaults hold. */
  readonly file: string | null
}

export const command: Command<ConfigValid> = {
  async run({ settings }) {
    // The file itself was read, and refused if need be, before this was called.
    completeSettings(settings)
    return await Promise.resolve({ data: { file: settings.file } })
  },
  show: validLines,
}
