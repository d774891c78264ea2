import { systemClock, type Clock } from '@holdfast/seams'

/** Real timers, because locks and files take their time, under a wall clock that shows what a test wants. */
export interface WallClock extends Clock {
  setWallMs(wallMs: number): void
}

export function wallClock(wallMs: number): WallClock {
  let shownMs = wallMs
  return {
    ...systemClock,
    wallMs: () => shownMs,
    setWallMs(wallMs) {
      shownMs = wallMs
    },
  }
}
