import { aWindow, type Window } from '../evidence/row.ts'
import { lengthMs } from '../option-rules.ts'
import type { SlotResult } from './gate.ts'

/** What a slot said of itself at one moment. `healthy`, in exactly these letters, is green; anything else is not. */
export interface SlotSample {
  readonly slot: string
  readonly atMs: number
  readonly status: string
  /** Which process looked. Default: one and the same. */
  readonly writer?: string
  /** Whether that process ended in good order after this look, so that its word stands no longer. Default false. */
  readonly isLast?: boolean
}

/**
 * Whether slots were green all through a window: no process said otherwise, and at no time nobody looked. Looks of all processes together may be no
 * more than `gapMs` apart, from the beginning of the window to its end. What a process said last before the window stands at its beginning,
 * unless it ended in good order or that is longer ago than `gapMs`.
 * @param samples in any order.
 * @throws {RangeError | TypeError} naming an argument that is not of its kind.
 */
export function slotsOver(
  samples: readonly SlotSample[],
  slots: readonly string[],
  window: Window,
  gapMs: number,
): SlotResult[] {
  aList('samples', samples)
  aList('slots', slots)
  aWindow(window)
  lengthMs('gapMs', gapMs)
  const { fromMs, toMs } = window
  return slots.map((slot): SlotResult => {
    const own = samples
      .filter(({ slot: name, atMs }) => name === slot && atMs <= toMs)
      .toSorted((a, b) => a.atMs - b.atMs)
    const before = own.filter(({ atMs }) => atMs <= fromMs)
    const within = own.filter(({ atMs }) => atMs > fromMs)
    if (own.length === 0) return isRed(slot, 'was never looked at')
    const standing = lastWords(before).filter(
      ({ atMs, isLast = false }) => !isLast && fromMs - atMs <= gapMs,
    )
    const red = [...standing, ...within].find(({ status }) => status !== 'healthy')
    if (red !== undefined) return isRed(slot, `was "${red.status}" at ${moment(red.atMs)}`)
    const seenMs = before.at(-1)?.atMs ?? null
    const gap = gapIn([...within.map(({ atMs }) => atMs), toMs], seenMs ?? fromMs, gapMs)
    if (gap !== null) {
      const [lastMs, nextMs] = gap
      if (lastMs === fromMs && seenMs === null) {
        return isRed(slot, `was not looked at before ${moment(nextMs)}`)
      }
      const until = nextMs === toMs ? '' : ` until ${moment(nextMs)}`
      return isRed(slot, `was not looked at after ${moment(lastMs)}${until}`)
    }
    return { slot, isGreen: true, reason: `healthy in ${standing.length + within.length} looks` }
  })
}

function aList(name: string, value: unknown): void {
  if (Array.isArray(value)) return
  throw new TypeError(`${name} must be a list, got ${value === null ? 'null' : typeof value}`)
}

/** The first two looks in a row that are too far apart; null when there are none. */
function gapIn(
  looksMs: readonly number[],
  seenMs: number,
  gapMs: number,
): readonly [number, number] | null {
  let lastMs = seenMs
  for (const atMs of looksMs) {
    if (atMs - lastMs > gapMs) return [lastMs, atMs]
    lastMs = atMs
  }
  return null
}

/** The last sample of each process. @param samples by time. */
function lastWords(samples: readonly SlotSample[]): SlotSample[] {
  return [...new Map(samples.map((sample) => [sample.writer, sample])).values()]
}

function isRed(slot: string, reason: string): SlotResult {
  return { slot, isGreen: false, reason }
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString()
}
