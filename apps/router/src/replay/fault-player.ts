import type { Clock } from '@holdfast/seams'
import type { Fault, FaultKind } from './flaky.ts'

/** A fault began, or its upstream is well again: it has no call left that it treats badly. */
export interface FaultNews {
  /** Which fault of the plan. */
  readonly fault: number
  readonly change: 'began' | 'recovered'
  /** By the monotonic clock, which all threads of a process share. */
  readonly atMs: number
}

/** What one upstream does to a call that comes in now. */
export interface Trouble {
  readonly kind: FaultKind
  /** Resolves when the fault is over. */
  readonly over: Promise<void>
  /** Called when the call has been treated as badly as it will be. A second time it does nothing. */
  readonly left: () => void
}

/** Puts a plan of faults into effect as requests are sent. */
export interface FaultPlayer {
  /** Whether no upstream is in trouble. */
  readonly isWell: boolean
  /** Called before each request. */
  sent(): void
  /** Called by an upstream for each call that comes in; null while it is well. */
  meet(route: number): Trouble | null
  /** Ends what is still under way. */
  finish(): void
}

interface UnderWay {
  readonly index: number
  readonly fault: Fault
  /** Those who wait for its end. */
  readonly waiting: (() => void)[]
  /** Calls that are being treated badly. */
  inside: number
  isOver: boolean
}

export function createFaultPlayer(
  plan: readonly Fault[],
  clock: Pick<Clock, 'monotonicMs'>,
  tell: (news: FaultNews) => void,
): FaultPlayer {
  const underWay = new Map<number, UnderWay>()
  let count = 0
  const begin = (index: number, fault: Fault): void => {
    underWay.set(index, { index, fault, waiting: [], inside: 0, isOver: false })
    tell({ fault: index, change: 'began', atMs: clock.monotonicMs() })
  }
  const recover = (one: UnderWay): void => {
    if (!one.isOver || one.inside > 0 || !underWay.delete(one.index)) return
    tell({ fault: one.index, change: 'recovered', atMs: clock.monotonicMs() })
  }
  const end = (one: UnderWay): void => {
    one.isOver = true
    for (const go of one.waiting) go()
    recover(one)
  }
  return {
    get isWell() {
      return underWay.size === 0
    },
    sent() {
      for (const one of underWay.values()) if (!one.isOver && one.fault.until === count) end(one)
      for (const [index, fault] of plan.entries()) if (fault.from === count) begin(index, fault)
      count += 1
    },
    meet(route) {
      for (const one of underWay.values()) {
        if (one.fault.route !== route || one.isOver) continue
        one.inside += 1
        let isInside = true
        const left = (): void => {
          if (isInside) one.inside -= 1
          isInside = false
          recover(one)
        }
        const over = new Promise<void>((resolve) => void one.waiting.push(resolve))
        return { kind: one.fault.kind, over, left }
      }
      return null
    },
    finish() {
      for (const one of underWay.values()) end(one)
    },
  }
}
