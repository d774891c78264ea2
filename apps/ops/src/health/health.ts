import type { Status } from '@holdfast/health'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/** One thing that was looked at. */
export interface CheckSeen {
  readonly name: string
  readonly status: Status
  /** Null where it is told to operators only, and there was no token. */
  readonly message: string | null
}

/** A part of the service that a gate goes by. */
export interface SlotSeen {
  readonly name: string
  /** `ok` where the router says `healthy`. */
  readonly status: Status
  /** What it stands for; empty where only its record is known. */
  readonly checks: readonly string[]
  /** When that was so, in ms since 1970; null: now. */
  readonly atMs: number | null
}

/** How a service is, and who says so. */
export interface HealthSeen {
  /** `files`: no router answers, and `why` says why. */
  readonly source: 'router' | 'files'
  /** Where the router answers, or should; null where nobody knows. */
  readonly url: string | null
  readonly why: string | null
  /** When it was looked, in ms since 1970. */
  readonly atMs: number
  readonly status: Status
  /** In the order of the router. One of them is the router's processes. */
  readonly checks: readonly CheckSeen[]
  readonly slots: readonly SlotSeen[]
}

const ORDER: readonly Status[] = ['ok', 'degraded', 'unknown', 'critical']

/** The worst of them, as @holdfast/health ranks them; unknown when there are none. */
export function worst(statuses: readonly Status[]): Status {
  if (statuses.length === 0) return 'unknown'
  return ORDER[Math.max(...statuses.map((status) => ORDER.indexOf(status)))] ?? 'unknown'
}

/** Unknown is never well: it counts as critical. */
export function healthExit(status: Status): ExitCode {
  if (status === 'ok') return EXIT.ok
  return status === 'degraded' ? EXIT.degraded : EXIT.critical
}

/** What another version may say is not known here. */
export const statusOf = (said: unknown): Status =>
  said === 'healthy' ? 'ok' : (ORDER.find((status) => status === said) ?? 'unknown')
