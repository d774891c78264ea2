import { performance } from 'node:perf_hooks'
import { eventLoopDelays } from '@holdfast/health'

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

/** Watches the event loop of this thread. It keeps no process alive. */
export function watchEventLoop(): EventLoop {
  const delays = eventLoopDelays(99)
  let before = performance.eventLoopUtilization()
  return {
    window() {
      const after = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(after, before)
      before = after
      return { lateMs: delays.window().judgedMs, utilisation: utilization }
    },
    close: () => delays[Symbol.dispose](),
  }
}
