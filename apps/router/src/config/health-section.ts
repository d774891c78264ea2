import { z } from 'zod'

/** The checks that a slot may stand for. */
const CHECKS = [
  'process',
  'started',
  'upstreams',
  'guardrail',
  'learning',
  'state',
  'lock',
  'orders',
  'ledger',
  'disk',
  'memory',
  'event-loop',
] as const

const check = z.enum(CHECKS, { error: `must be one of ${CHECKS.join(', ')}` })
const slot = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be letters, digits, _ . or -, at most 64')
const bytes = z.number('must be bytes, ≥ 0').min(0, 'must be ≥ 0')

/** How the router looks after itself. */
export const HealthSection = z
  .strictObject({
    /** Which checks each slot of `/health/slots` stands for. */
    slots: z.record(slot, z.array(check).min(1, 'must name a check')).default({
      slot04: ['learning', 'state'],
      slot08_lock: ['lock'],
      slot09: ['ledger'],
      slot10: ['upstreams', 'guardrail'],
    }),
    /** How far what is on disk may lag behind what was learned. */
    stateMaxAgeMs: z.number('must be a number > 0').positive('must be > 0').default(3_600_000),
    /** Free space of the data directory below which the check `disk` is degraded, and critical. */
    diskWarnBytes: bytes.default(2 ** 30),
    diskCriticalBytes: bytes.default(2 ** 29),
  })
  .prefault({})

/** What is wrong between fields, of the file as it was written. */
export function healthProblems(health: Readonly<Record<string, unknown>>): string[] {
  const { diskWarnBytes = 2 ** 30, diskCriticalBytes = 2 ** 29 } = health
  if (!(Number(diskCriticalBytes) > Number(diskWarnBytes))) return []
  return [
    `health.diskCriticalBytes: must be ≤ health.diskWarnBytes ${String(diskWarnBytes)}, got ${String(diskCriticalBytes)}`,
  ]
}
