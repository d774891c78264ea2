import type { Health } from '@holdfast/health'
import { createSlotRecord } from '@holdfast/promotion'
import type { Clock, Observe, Timer } from '@holdfast/seams'
import type { RouterFact } from '../tell/facts.ts'
import { slotsOf, type Slots } from './slots.ts'

/** How often every check is asked for the record, in ms. A change is recorded at once. */
const EVERY_MS = 10_000

export interface SlotWatchOptions {
  /** Where the record is. */
  readonly directory: string
  readonly health: Health
  readonly slots: Slots
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
}

/** What this process's slots were at every moment, kept for the gates of a promotion. */
export interface SlotWatch {
  /** Begins, with a look at every check: what nobody has asked yet is no reason to be red. */
  start(): Promise<void>
  hear(fact: RouterFact): void
  /** Says that this process has ended in good order. */
  close(): void
}

export function watchSlots(options: SlotWatchOptions): SlotWatch {
  const { directory, health, slots, clock, observe } = options
  const record = createSlotRecord({ directory, clock, observe })
  let isWatching = false
  let isClosed = false
  let timer: Timer | null = null

  const write = (): void => {
    const readings = Object.entries(slotsOf(slots, health.status().checks, false))
    record.record(readings.map(([slot, { status }]) => ({ slot, status })))
  }
  const look = async (): Promise<void> => {
    await health.report()
    if (isClosed) return
    isWatching = true
    write()
    timer = clock.after(EVERY_MS, () => void look(), { keepsAlive: false })
  }
  return {
    start: look,
    hear({ kind }) {
      if (isWatching && !isClosed && kind === 'health.changed') write()
    },
    close() {
      isClosed = true
      timer?.cancel()
      record.close()
    },
  }
}
