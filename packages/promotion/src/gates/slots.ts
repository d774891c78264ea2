import type { Window } from '../evidence/row.ts'
import type { SlotResult } from './gate.ts'

/** What a slot said of itself at one moment. `healthy`, in exactly these letters, is green; anything else is not. */
export interface SlotSample {
  readonly slot: string
  readonly atMs: number
  readonly status: string
}

/**
 * Whether slots were green all through a window. A time in which nobody looked is not green: samples may be no more than `gapMs`
 * apart, from the beginning of the window to its end.
 * @param samples in any order.
 */
export function slotsOver(
  samples: readonly SlotSample[],
  slots: readonly string[],
  { fromMs, toMs }: Window,
  gapMs: number,
): SlotResult[] {
  return slots.map((slot): SlotResult => {
    const own = samples
      .filter(({ slot: name, atMs }) => name === slot && atMs <= toMs)
      .toSorted((a, b) => a.atMs - b.atMs)
    // What a slot was when the window began, its last word before tells.
    const before = own.findLast(({ atMs }) => atMs <= fromMs)
    const heard = [...(before ? [before] : []), ...own.filter(({ atMs }) => atMs > fromMs)]
    if (heard.length === 0) return isRed(slot, 'was never looked at')
    const red = heard.find(({ status }) => status !== 'healthy')
    if (red !== undefined) return isRed(slot, `was "${red.status}" at ${moment(red.atMs)}`)
    let seenMs = before?.atMs ?? fromMs
    for (const atMs of [...heard.map(({ atMs }) => atMs), toMs]) {
      if (atMs - seenMs > gapMs) return isRed(slot, `was not looked at after ${moment(seenMs)}`)
      seenMs = atMs
    }
    return { slot, isGreen: true, reason: `healthy in ${heard.length} looks` }
  })
}

function isRed(slot: string, reason: string): SlotResult {
  return { slot, isGreen: false, reason }
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString()
}
