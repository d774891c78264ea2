import type { Command } from '../command.ts'
import { completeSettings } from '../config/complete.ts'
import { fieldsOf, type Origin } from '../config/settings.ts'
import { settingLines } from '../show/config.ts'

/** Every setting as it holds for this call. */
export interface ConfigShown {
  /** The file that was read; null without one. */
  readonly file: string | null
  readonly settings: readonly {
    /** Its path in the file, as `gates.mode`. */
    readonly name: string
    readonly value: unknown
    readonly origin: Origin
    /** The flag, variable or file; null for a default. */
    readonly by: string | null
  }[]
  /** Whether HOLDFAST_TOKEN is set. What it is, is told to nobody. */
  readonly hasToken: boolean
  readonly withOrigin: boolean
}

export const command: Command<ConfigShown, { readonly origin?: boolean }> = {
  async run({ settings, env }, { origin = false }) {
    const { file, origins, ...values } = settings
    const all = { ...values, ...completeSettings(settings) }
    const listed = fieldsOf(all).map((name) => ({
      name,
      value: valueAt(all, name),
      origin: origins[name]?.origin ?? 'default',
      by: origins[name]?.by ?? null,
    }))
    const hasToken = (env['HOLDFAST_TOKEN'] ?? '') !== ''
    return await Promise.resolve({
      data: { file, settings: listed, hasToken, withOrigin: origin },
      next: origin ? [] : ['holdfast config show --origin'],
    })
  },
  show: settingLines,
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value)
}
