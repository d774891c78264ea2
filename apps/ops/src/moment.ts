import { readDuration } from './duration.ts'

/**
 * A moment as people and files write it: ISO 8601 with `Z` or an offset, in ms since 1970.
 * @throws {RangeError} saying what it may be.
 */
export function readMoment(text: string): number {
  const hasZone = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.test(
    text,
  )
  const atMs = hasZone ? Date.parse(text) : Number.NaN
  if (Number.isFinite(atMs)) return atMs
  throw new RangeError('It must be a moment with its zone, as 2026-11-20T09:00Z.')
}

/** A moment for people, in UTC as ledger and receipts have it: `2026-11-20 09:00`. */
export function momentText(moment: number | string): string {
  return new Date(moment).toISOString().slice(0, 16).replace('T', ' ')
}

/** The same to the second, where minutes are too long: `2026-11-20 09:00:07`. */
export function secondText(moment: number): string {
  return new Date(moment).toISOString().slice(0, 19).replace('T', ' ')
}

/** Two moments: `2026-11-20 09:00 to 2026-11-21 09:00 UTC`. */
export function windowText({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${momentText(from)} to ${momentText(to)} UTC`
}

/** A moment, or how long it is until then. */
export type Until =
  | { readonly kind: 'moment'; readonly atMs: number }
  | { readonly kind: 'length'; readonly ms: number }

/** @throws {RangeError} saying what it may be. */
export function readUntil(text: string): Until {
  if (/^\d{4}-/.test(text)) return { kind: 'moment', atMs: readMoment(text) }
  try {
    return { kind: 'length', ms: readDuration(text) }
  } catch {
    // Which of the two was meant is not known, so both are told.
    throw new RangeError('It must be a moment, as 2026-11-20T09:00Z, or a length of time, as 12h.')
  }
}

/** The moment that is meant, where a length goes on from now. */
export const momentAfter = (nowMs: number, until: Until): number =>
  until.kind === 'moment' ? until.atMs : nowMs + until.ms

/** A moment that is past: itself, how long ago it is, or the beginning of a day, in UTC, so many days ago. */
export type Since = Until | { readonly kind: 'day'; readonly daysAgo: number }

const DAYS: Readonly<Record<string, number>> = { today: 0, yesterday: 1 }

/**
 * As people know it from journalctl: `2h`, `1 hour ago`, `yesterday`, or a moment.
 *
 * Source: systemd.time(7), of which it reads these forms.
 * @throws {RangeError} saying what it may be.
 */
export function readSince(text: string): Since {
  const daysAgo = DAYS[text.trim()]
  if (daysAgo !== undefined) return { kind: 'day', daysAgo }
  const [, number, unit = ''] =
    /^(\d+(?:\.\d+)?) *(seconds?|secs?|minutes?|mins?|hours?|days?|[smhd])(?: +ago)?$/.exec(
      text.trim(),
    ) ?? []
  if (number === undefined) return readUntil(text)
  return { kind: 'length', ms: readDuration(`${number}${unit.slice(0, 1)}`) }
}

const DAY_MS = 86_400_000

/** The moment that is meant. */
export function momentBefore(nowMs: number, since: Since): number {
  if (since.kind === 'moment') return since.atMs
  if (since.kind === 'length') return nowMs - since.ms
  return (Math.floor(nowMs / DAY_MS) - since.daysAgo) * DAY_MS
}
