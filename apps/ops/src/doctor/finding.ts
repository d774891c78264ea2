import type { Context } from '../command.ts'

export const AREAS = [
  'environment',
  'paths',
  'disk',
  'clock',
  'locks',
  'ledger',
  'state',
  'rollout',
  'receipts',
  'router',
  'kill switch',
] as const

/** What is looked at, in this order. */
export type Area = (typeof AREAS)[number]

/**
 * The exit code that the seed's readiness script had for a thing that fails: 1 its tests, 2 the path of the state, 3 the router, 4 the kill
 * switch.
 */
export type SeedCode = 1 | 2 | 3 | 4

/** One thing that was looked at. */
export interface Finding {
  readonly area: Area
  /** `problem`: not ready. `warning`: ready, and someone should see to it. */
  readonly level: 'ok' | 'warning' | 'problem'
  /** What was seen, in a sentence. */
  readonly seen: string
  /** The command to run next; null where nothing is to be done. */
  readonly next: string | null
  /** Whether what is stored does not hold what it should. */
  readonly isIntegrity: boolean
}

/** Looks at one area, and changes nothing: it reads, asks for rights with access(), and opens copies in a scratch directory. */
export type Look = (context: Context) => Promise<readonly Said[]>

/** A finding as it is said: its area is known. */
export type Said = Pick<Finding, 'level' | 'seen' | 'next' | 'isIntegrity'>

export const ok = (seen: string): Said => ({ level: 'ok', seen, next: null, isIntegrity: false })

export const warning = (seen: string, next: string | null): Said => ({
  level: 'warning',
  seen,
  next,
  isIntegrity: false,
})

export const problem = (seen: string, next: string | null): Said => ({
  level: 'problem',
  seen,
  next,
  isIntegrity: false,
})

/** What is stored is broken. */
export const broken = (seen: string, next: string | null): Said => ({
  level: 'problem',
  seen,
  next,
  isIntegrity: true,
})
