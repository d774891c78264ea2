/** One reason to refuse every call, until it is let go or its time runs out. */
export interface Hold {
  readonly reason: string
  /** Infinity: until it is let go. */
  readonly untilMs: number
}

/** Those that have run out by `nowMs`. */
export function expiredAt(holds: readonly Hold[], nowMs: number): readonly Hold[] {
  return holds.filter(({ untilMs }) => nowMs >= untilMs)
}

/** When the last of them ends by itself. */
export function heldUntilMs(holds: readonly Hold[]): number {
  return holds.reduce((latest, { untilMs }) => Math.max(latest, untilMs), 0)
}
