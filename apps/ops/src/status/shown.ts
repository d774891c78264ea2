import type { GateVerdict } from '@holdfast/promotion'
import type { Stance } from '../rollout/obedience.ts'
import type { RouterSeen } from '../rollout/routers.ts'
import type { GateGlance, LastRun } from './gates.ts'
import type { IsolatedRoute } from './isolated.ts'
import type { NextRun } from './next-run.ts'
import type { StandingSeen } from './standing.ts'

/** What is not there, and what brings it. */
export interface Missing {
  readonly what: string
  readonly next: string
}

/** A router, and how it stands to the rollout. */
export interface RouterStatus extends RouterSeen {
  readonly stance: Stance
  /** Whether that is `obeys`. */
  readonly obeys: boolean
}

/** A lock that is held. */
export interface LockStatus {
  readonly name: string
  readonly pid: number | null
  readonly isDead: boolean
  readonly heldMs: number | null
}

/** What one look finds: `data` of the answer. */
export interface StatusShown {
  readonly atMs: number
  readonly dataDir: string
  readonly rollout: StandingSeen
  readonly routers: readonly RouterStatus[]
  readonly report: {
    readonly window: { readonly from: string; readonly to: string }
    /** Since the end of its window. */
    readonly ageMs: number
    readonly decisions: number
    readonly liveRate: number | null
    readonly rsi: number | null
    readonly rollbacks: number
    readonly rollbacksPer1k: number | null
    readonly triMedian: number | null
  } | null
  /** When decisions of this rollout begin to count, while there is no report of any; null otherwise. */
  readonly askAtMs: number | null
  /** What the gates say of that report today; null without one of this rollout. */
  readonly verdict: GateVerdict | null
  readonly isMeasured: boolean
  readonly gates: readonly GateGlance[]
  /** What it takes to leave the stage, apart from the gates. */
  readonly lacking: readonly string[]
  readonly lastRun: LastRun | null
  /** Of the daily job; null where no file of a scheduler says. */
  readonly nextRun: NextRun | null
  /** What is plainly wrong with what was learned: it is not opened. */
  readonly stateProblems: readonly string[]
  readonly hasBackup: boolean
  /** Routes that an operator took from the router; null where his orders cannot be read. */
  readonly isolated: readonly IsolatedRoute[] | null
  /** Those that are held, but for those by which routers show that they live. */
  readonly locks: readonly LockStatus[]
  readonly missing: readonly Missing[]
  /** Commands that help now. */
  readonly next: readonly string[]
}
