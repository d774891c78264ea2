import { dwellRules, gateSettings, type DwellRules, type GateSettings } from '@holdfast/promotion'
import { OpsError } from '../errors.ts'
import type { Settings } from './settings.ts'

/**
 * Gates and dwell rules with all their defaults, as they will be used.
 * @throws {OpsError} `OPS_CONFIG` for a combination that cannot be used.
 */
export function completeSettings({ gates, dwell, file }: Settings): {
  readonly gates: GateSettings
  readonly dwell: DwellRules
} {
  try {
    return { gates: gateSettings(given(gates)), dwell: dwellRules(given(dwell)) }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error
    throw new OpsError(
      'OPS_CONFIG',
      `${file ?? 'the settings'} cannot be used:\n  - ${error.message}`,
      {
        next: ['holdfast config schema'],
        cause: error,
      },
    )
  }
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** A field that is undefined would stand in the place of its default. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
