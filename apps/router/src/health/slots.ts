import { worstOf, type HealthReport, type Status } from '@holdfast/health'

/** Which checks each slot stands for. */
export type Slots = Readonly<Record<string, readonly string[]>>

/** `healthy` exactly when all checks of the slot are ok. */
export type SlotStatus = 'healthy' | 'degraded' | 'unknown' | 'critical'

export interface SlotCheck {
  readonly status: Status
  /** Only for those who may see it. */
  readonly message?: string | null
}

export interface SlotReading {
  readonly status: SlotStatus
  readonly checks: Readonly<Record<string, SlotCheck>>
}

/** How the slots are: each is as well as the worst of its checks, and of a check that is not there nothing is known. */
export function slotsOf(
  slots: Slots,
  checks: HealthReport['checks'],
  isAuthorised: boolean,
): Record<string, SlotReading> {
  const readings = Object.entries(slots).map(([slot, names]): [string, SlotReading] => {
    const found = names.map((name): [string, SlotCheck] => {
      const { status = 'unknown', message = 'there is no such check' } = checks[name] ?? {}
      return [name, isAuthorised ? { status, message } : { status }]
    })
    const worst = worstOf(found.map(([, { status }]) => status))
    return [slot, { status: worst === 'ok' ? 'healthy' : worst, checks: Object.fromEntries(found) }]
  })
  return Object.fromEntries(readings)
}
