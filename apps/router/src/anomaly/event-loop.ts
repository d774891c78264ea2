import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

/** How the event loop of this thread fares, one window after the other. */
export interface EventLoop {
  /** What happened since the last call, or since the start. */
  window(): EventLoopWindow
  close(): void
}

export interface EventLoopWindow {
  /** How late timers ran, in ms ≥ 0: 99 of 100 were no later. */
  readonly lateMs: number
  /** Share of the time in which it worked, 0 to 1. */
  readonly utilisation: number
}

/** How often lateness is looked at, in ms: 50 times a second costs nothing that can be measured. */
const EVERY_MS = 20

/** Watches the event loop of this thread. It keeps no process alive. */
export function watchEventLoop(): EventLoop {
  const intervals = monitorEventLoopDelay({ resolution: EVERY_MS })
  intervals.enable()
  let before = performance.eventLoopUtilization()
  return {
    window() {
      const after = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(after, before)
      before = after
      // What is recorded is the whole time from one look to the next, in ns.
      const lateMs = Math.max(0, intervals.percentile(99) / 1e6 - EVERY_MS)
      intervals.reset()
      return { lateMs, utilisation: utilization }
    },
    close: () => void intervals.disable(),
  }
}
