import { isRecord } from '../evidence/fields.ts'

/** What one process found when it looked at all slots at once. */
export interface SlotLook {
  /** Which process looked. */
  readonly writer: string
  /** When it looked, in ms since 1970. */
  readonly atMs: number
  /** What each slot said of itself. */
  readonly slots: Readonly<Record<string, string>>
  /** Whether it ended in good order after this look. */
  readonly isLast: boolean
}

export const DAY_MS = 86_400_000

/**
 * A look as text to be appended. The line feed in front ends a line that a crash has torn, which would swallow this one otherwise;
 * readers pass over empty lines.
 */
export function printLook({ writer, atMs, slots, isLast }: SlotLook): string {
  return `\n${JSON.stringify({ v: 1, writer, atMs, ...(isLast && { isLast }), slots })}\n`
}

/** Null for a line that is no look. */
export function readLook(line: string): SlotLook | null {
  const found = parsed(line)
  if (!isRecord(found) || found['v'] !== 1) return null
  const { writer, atMs, slots, isLast = false } = found
  const isMoment = Number.isSafeInteger(atMs) && Math.abs(atMs as number) <= MOST_MS
  if (typeof writer !== 'string' || !isMoment || typeof isLast !== 'boolean') return null
  return isStatuses(slots) ? { writer, atMs: atMs as number, slots, isLast } : null
}

/** The name of a day's file, by the calendar of UTC. */
export function dayFile(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 10)}.ndjson`
}

/** Those of the files that are of the days from `fromMs` to `toMs`, in order. */
export function daysBetween(names: readonly string[], fromMs: number, toMs: number): string[] {
  const [first, last] = [dayFile(clamped(fromMs)), dayFile(clamped(toMs))]
  return days(names).filter((name) => name >= first && name <= last)
}

/**
 * The files that are too old to be kept. Days are counted back from the newest before today: a clock that is far ahead for a while
 * would remove everything otherwise.
 */
export function oldDays(names: readonly string[], nowMs: number, keepDays: number): string[] {
  const today = dayFile(nowMs)
  const earlier = days(names).filter((name) => name < today)
  const newest = earlier.at(-1)
  if (newest === undefined) return []
  const oldest = dayFile(Date.parse(newest.slice(0, 10)) - (keepDays - 1) * DAY_MS)
  return earlier.filter((name) => name < oldest)
}

/** The last moment that a calendar has: ECMA-262, 21.4.1.1. */
const MOST_MS = 8.64e15

function days(names: readonly string[]): string[] {
  return names.filter((name) => /^\d{4}-\d{2}-\d{2}\.ndjson$/.test(name)).toSorted()
}

function clamped(ms: number): number {
  return Math.min(MOST_MS, Math.max(-MOST_MS, ms))
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return null // Torn, or not ours.
    throw error
  }
}

function isStatuses(slots: unknown): slots is Readonly<Record<string, string>> {
  return isRecord(slots) && Object.values(slots).every((status) => typeof status === 'string')
}
