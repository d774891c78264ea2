import { solve } from './anchor.ts'
import { chooseKernel } from './choose-kernel.ts'
import { LinUCBInputError, SnapshotError } from './errors.ts'
import { packedLength, type Estimate, type Kernel, type NormalEquations } from './kernel.ts'
import type { Settings } from './options.ts'
import type { ArmPrior } from './prior.ts'
import { recordMaker, type MakeRecord } from './record.ts'
import { emptySums, type Sums } from './sums.ts'

/** One arm: what it was told beforehand, what it has seen, and where the kernel keeps it. */
export interface Arm {
  readonly id: string
  /** A(0) and b(0): the ridge, and what the prior adds. */
  readonly start: NormalEquations
  /** What it has seen. The kernel's own while the arm is in play. */
  sums: Sums
  /** The kernel's slot; −1 while the arm rests: known, still taught, never chosen. */
  slot: number
  updatesSinceAnchor: number
}

/** Everything a model is. Functions of this package read and change it; callers never see it. */
export interface Model {
  readonly settings: Settings
  /** Every arm with something to remember, by id: those in play and those at rest. */
  readonly arms: Map<string, Arm>
  /** Ids of removed arms. They are never given out again. */
  readonly retired: Set<string>
  /** ms since 1970, or null before the first update. */
  lastUpdateAtMs: number | null
  play: Play
}

/** The arms in play, and room to decide among them without making arrays. One entry per slot. */
export interface Play {
  readonly ids: readonly string[]
  readonly kernel: Kernel
  readonly scores: Float64Array
  readonly bounds: Float64Array
  readonly shares: Float64Array
  readonly allowed: Uint8Array
  readonly caps: Float64Array
  /** The guardrail's slot, or −1 if it is no arm. */
  readonly guardrail: number
  /** How many decisions fell on each slot, and last those on a guardrail that is no arm. */
  readonly decisions: Float64Array
  /** Names the entries of such an array by their arms. */
  readonly recordOf: MakeRecord
}

/**
 * Makes an arm at rest.
 * @param sums what it has seen. Default nothing.
 */
export function newArm(
  settings: Settings,
  id: string,
  sums: Sums = emptySums(settings.dim),
  prior: ArmPrior | undefined = priorOf(settings, id),
): Arm {
  return { id, start: startOf(settings, prior), sums, slot: -1, updatesSinceAnchor: 0 }
}

function priorOf({ prior }: Settings, id: string): ArmPrior | undefined {
  return prior !== undefined && Object.hasOwn(prior.arms, id) ? prior.arms[id] : undefined
}

/** A(0) = ridge·I + prior, b(0) = ridge·priorMean·e_bias + prior, so that θ(0) = priorMean·e_bias. */
function startOf(settings: Settings, prior: ArmPrior | undefined): NormalEquations {
  const { dim, ridge, priorMean, biasIndex } = settings
  const a = prior === undefined ? new Float64Array(packedLength(dim)) : Float64Array.from(prior.a)
  const b = prior === undefined ? new Float64Array(dim) : Float64Array.from(prior.b)
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) a[at]! += ridge
  if (biasIndex !== null) b[biasIndex]! += ridge * priorMean
  return { a, b }
}

/** All an arm knows: its start and its sums, added. */
export function equationsOf({ start, sums }: Pick<Arm, 'start' | 'sums'>): NormalEquations {
  return {
    a: start.a.map((value, i) => value + sums.a[i]!),
    b: start.b.map((value, i) => value + sums.b[i]!),
  }
}

/**
 * Computes an arm's estimate from its sums.
 * @throws {LinUCBInputError} or {SnapshotError} if no observations could have made them.
 */
export function estimateOf(arm: Arm): Estimate {
  const estimate = solve(equationsOf(arm))
  if (estimate !== null) return estimate
  if (solve(arm.start) === null) {
    throw new LinUCBInputError(`prior.arms.${arm.id}.a`, 'a sum of squares', arm.start.a)
  }
  throw new SnapshotError(`arms.${arm.id}.a`, 'a sum of squares', arm.sums.a)
}

/**
 * Seats the arms in slots, in the order given. Those that were in play already keep their estimate to
 * the last bit; the others are computed from their sums.
 */
export function seat(settings: Settings, arms: readonly Arm[], before: Play | null): Play {
  const estimates = arms.map((arm) =>
    before !== null && arm.slot >= 0 ? before.kernel.read(arm.slot) : estimateOf(arm),
  )
  const kernel = chooseKernel(settings.kernel, settings.dim, arms.length)
  const ids = arms.map(({ id }) => id)
  const play: Play = {
    ids,
    kernel,
    scores: new Float64Array(arms.length),
    bounds: new Float64Array(arms.length),
    shares: new Float64Array(arms.length),
    allowed: new Uint8Array(arms.length),
    caps: new Float64Array(arms.length),
    guardrail: ids.indexOf(settings.guardrail),
    decisions: new Float64Array(arms.length + 1),
    recordOf: recordMaker(ids),
  }
  if (before !== null) play.decisions[arms.length] = before.decisions.at(-1)!
  for (const [slot, arm] of arms.entries()) {
    if (before !== null && arm.slot >= 0) play.decisions[slot] = before.decisions[arm.slot]!
    kernel.write(slot, estimates[slot]!)
    const { a, b } = kernel.sums[slot]!
    a.set(arm.sums.a)
    b.set(arm.sums.b)
    arm.sums = { ...arm.sums, a, b }
    arm.slot = slot
  }
  return play
}
