import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { healthExit, worst, type HealthSeen } from '../health/health.ts'
import { lookAtHealth } from '../health/look.ts'
import { healthLines } from '../show/health.ts'
import { startCommand } from '../router/start.ts'

/** The health of the router, or of one component of it. */
export interface HealthShown extends HealthSeen {
  /** The check or slot that was asked for; then `status` is its own, and only what it stands for is here. */
  readonly component: string | null
}

interface Given {
  readonly component?: string
  readonly timeout?: number
}

export const command: Command<HealthShown, Given> = {
  async run(context, { component, timeout }) {
    const seen = await lookAtHealth(context, timeout)
    const data = component === undefined ? { ...seen, component: null } : only(component, seen)
    return { code: healthExit(data.status), data, next: nextAfter(data, startCommand(context)) }
  },
  show: healthLines,
}

/** @throws {OpsError} `OPS_NOT_FOUND` if nothing has that name. */
function only(component: string, seen: HealthSeen): HealthShown {
  const own = seen.checks.filter(({ name }) => name === component)
  const slots = seen.slots.filter(({ name }) => name === component)
  const statuses = [...own, ...slots].map(({ status }) => status)
  if (statuses.length > 0) {
    // Of a slot one wants to know why, and only that: what it stands for.
    const parts = new Set(slots.flatMap((slot) => slot.checks))
    const checks = seen.checks.filter((check) => own.includes(check) || parts.has(check.name))
    return { ...seen, status: worst(statuses), checks, slots, component }
  }
  const names = [...seen.checks, ...seen.slots].map(({ name }) => name).join(', ')
  const whence = seen.source === 'files' ? ` (no router answers: ${seen.why ?? ''})` : ''
  throw new OpsError(
    'OPS_NOT_FOUND',
    `nothing here has the name ${component}; there are: ${names || 'none'}${whence}`,
    { next: ['holdfast health'] },
  )
}

function nextAfter({ source, checks }: HealthShown, start: string): string[] {
  if (source === 'files') return [start, 'holdfast locks list']
  const isMasked = checks.some(
    ({ name, status }) => (name === 'upstreams' || name === 'guardrail') && status !== 'ok',
  )
  return isMasked ? ['holdfast breakers list'] : []
}
