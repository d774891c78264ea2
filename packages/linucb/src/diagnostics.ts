import { conditionNumber } from './anchor.ts'
import { equationsOf, estimateOf, type Arm, type Model } from './model.ts'

/** The state of a model, for people. Plain JSON. */
export interface LinUCBDiagnostics {
  /** Decisions since the model was made or restored, for the arms in play and the guardrail. */
  readonly decisions: number
  /** The share of those decisions that fell on each, 0 to 1. All 0 before the first. */
  readonly distribution: Readonly<Record<string, number>>
  /** Observations learned, restored ones included. */
  readonly updates: number
  /** ms ≥ 0 since the last update by the wall clock; null before the first. */
  readonly lastUpdateAgeMs: number | null
  /** What computes. */
  readonly kernel: 'plain' | 'wasm'
  /** Every arm with something to remember. */
  readonly arms: Readonly<Record<string, ArmDiagnostics>>
}

export interface ArmDiagnostics {
  /** false: the snapshot knows it, the options do not name it. It is taught but never chosen. */
  readonly isInPlay: boolean
  /** Observations learned. */
  readonly pulls: number
  /** Mean reward of those; null before the first. */
  readonly averageReward: number | null
  /** Euclidean length of θ. */
  readonly thetaNorm: number
  /** Largest eigenvalue of A over the smallest, 1 to 4.5·10¹⁵ (beyond which a float cannot tell). */
  readonly conditionNumber: number
}

/** O(d³) for each arm: made for a page that somebody looks at, not for every request. */
export function diagnosticsOf(model: Model): LinUCBDiagnostics {
  const { settings, play, arms, lastUpdateAtMs } = model
  const decisions = play.decisions.reduce((sum, count) => sum + count, 0)
  const counted = [...play.ids]
  if (play.guardrail < 0) counted.push(settings.guardrail)
  const known = [...arms.values()]
  return {
    decisions,
    distribution: Object.fromEntries(
      counted.map((id, i) => [id, decisions === 0 ? 0 : play.decisions[i]! / decisions]),
    ),
    updates: known.reduce((sum, arm) => sum + arm.sums.pulls, 0),
    lastUpdateAgeMs:
      lastUpdateAtMs === null ? null : Math.max(0, settings.clock.wallMs() - lastUpdateAtMs),
    kernel: play.kernel.kind,
    arms: Object.fromEntries(known.map((arm) => [arm.id, armDiagnostics(model, arm)])),
  }
}

function armDiagnostics({ settings, play }: Model, arm: Arm): ArmDiagnostics {
  const isInPlay = arm.slot >= 0
  const { theta } = isInPlay ? play.kernel.read(arm.slot) : estimateOf(arm)
  const { pulls, rewardSum } = arm.sums
  return {
    isInPlay,
    pulls,
    averageReward: pulls === 0 ? null : rewardSum / pulls,
    thetaNorm: Math.hypot(...theta),
    conditionNumber: conditionNumber(equationsOf(arm).a, settings.dim),
  }
}
