import { adopt } from './adopt.ts'
import { decide, type Decision, type DecideOptions } from './decide.ts'
import { diagnosticsOf, type LinUCBDiagnostics } from './diagnostics.ts'
import { DimensionError, shown } from './errors.ts'
import { encode } from './encoded.ts'
import { learn, learnMore } from './learn.ts'
import { estimateOf, newArm, seat, type Arm, type Model } from './model.ts'
import { checkedOptions, type LinUCBOptions } from './options.ts'
import type { ArmPrior } from './prior.ts'
import { addArm, removeArm } from './roster.ts'
import { learnedBy, readSnapshot, snapshotOf, type LinUCBSnapshot } from './snapshot.ts'
import type { Sums } from './sums.ts'

/**
 * A contextual bandit: it chooses one of several arms by a context, and learns from the rewards.
 *
 * Source: Li, Chu, Langford and Schapire, "A Contextual-Bandit Approach to Personalized News Article
 * Recommendation", WWW 2010, Algorithm 1 (disjoint linear models).
 */
export interface LinUCB {
  /** The arms in play, in order. */
  readonly arms: readonly string[]
  readonly dim: number
  /**
   * Chooses an arm. With an id the same model makes the same decision again.
   * @param context length `dim`, each entry finite and of size at most 10⁹.
   * @throws {LinUCBInputError} or {UnknownArmError}; then nothing was counted.
   */
  decide(context: ArrayLike<number>, options?: DecideOptions): Decision
  /**
   * Takes in what `arm` brought in `context`. Any number of decisions may lie between.
   * @param reward finite, of size at most 10⁹.
   * @throws {LinUCBInputError} or {UnknownArmError}; then the model is unchanged.
   */
  learn(arm: string, context: ArrayLike<number>, reward: number): void
  /**
   * Takes in a later part of the reward of a decision that was learned already. What is expected of the
   * arm changes as if the parts had come as one; how much is known of it stays as it is.
   * @param context of that decision.
   * @param reward the part, finite, of size at most 10⁹.
   * @throws {LinUCBInputError} or {UnknownArmError}; then the model is unchanged.
   */
  learnMore(arm: string, context: ArrayLike<number>, reward: number): void
  /**
   * Puts a copy of `sums` in the place of all that `arm` has learned, O(d³). Afterwards it scores
   * exactly as after a restart from these sums. Its ridge and prior stay, and are not part of them.
   * @param sums of observations, weighted or not: a weight of 0.5 counts as half an observation.
   * @throws {LinUCBInputError} if they have another length, or no observations could have made them.
   * @throws {UnknownArmError}; then, too, the model is unchanged.
   */
  adopt(arm: string, sums: Sums): void
  /**
   * Brings an arm into play, as the last in order; the others keep what they know. An arm at rest comes
   * back with all it has learned.
   * @param prior what is known of it beforehand. Default: what `options.prior` says of it.
   * @throws {LinUCBInputError} if it is in play, or was removed, and {RangeError} if `kernel` is `wasm` and
   *   there is no memory left for it; then the model is unchanged.
   */
  addArm(id: string, prior?: ArmPrior): void
  /**
   * Takes an arm out for good: what it learned is forgotten and its id is never used again. The others
   * keep what they know. To rest an arm instead, leave it out of the options when restoring.
   * @throws {UnknownArmError} or, for the guardrail, {LinUCBInputError}; then the model is unchanged.
   */
  removeArm(id: string): void
  /** All that was learned, as plain JSON that shares nothing with the model. */
  snapshot(): LinUCBSnapshot
  /**
   * The same as bytes: the numbers as raw little-endian float64 behind a header in JSON and a CRC-32. For
   * d = 64 and more it is a fraction of the JSON's size and time. `restoreLinUCB` takes both.
   */
  encode(): Uint8Array
  diagnostics(): LinUCBDiagnostics
}

/**
 * Makes a bandit that has learned nothing yet.
 * @throws {RangeError} or {TypeError} for an option out of range, naming it.
 * @throws {DimensionError} if the prior was made from contexts of another length.
 */
export function createLinUCB(options: LinUCBOptions): LinUCB {
  const settings = checkedOptions(options)
  const arms = settings.arms.map((id) => newArm(settings, id))
  return linucbOver({
    settings,
    arms: new Map(arms.map((arm) => [arm.id, arm])),
    retired: new Set(),
    lastUpdateAtMs: null,
    play: seat(settings, arms, null),
  })
}

/**
 * Makes a bandit that knows what a snapshot says. What was learned comes from the snapshot, everything
 * else from the options. Arms that only the options name start new; arms that only the snapshot knows
 * rest: they are kept, taught and saved, but never chosen, until an option or `addArm` names them.
 * @param snapshot what `snapshot()` or `encode()` gave, or the parsed state file of the first system, version "1.0".
 * @throws {SnapshotError} if it cannot be read, naming the field.
 * @throws {DimensionError} if it was learned from contexts of another length.
 * @throws {RangeError} or {TypeError} for an option out of range, or an arm that was removed.
 */
export function restoreLinUCB(snapshot: unknown, options: LinUCBOptions): LinUCB {
  const settings = checkedOptions(options)
  const learned = readSnapshot(snapshot)
  if (learned.dim !== settings.dim) {
    throw new DimensionError('snapshot', settings.dim, learned.dim)
  }
  const arms = new Map<string, Arm>()
  for (const [id, sums] of learned.arms) arms.set(id, newArm(settings, id, sums))
  const added = settings.arms.filter((id) => !arms.has(id))
  for (const id of added) arms.set(id, newArm(settings, id))
  checkNotRetired(settings.arms, learned.retired)

  const resting = [...learned.arms.keys()].filter((id) => !settings.arms.includes(id))
  // Nobody computes with an arm at rest, so a broken one would only be found when it is needed.
  for (const id of resting) estimateOf(arms.get(id)!)
  const play = seat(
    settings,
    settings.arms.map((id) => arms.get(id)!),
    null,
  )
  const updates = [...learned.arms.values()].reduce((sum, { pulls }) => sum + pulls, 0)
  const { version, retired, lastUpdateAtMs } = learned
  settings.observe({ kind: 'linucb.restored', version, updates, added, resting })
  return linucbOver({ settings, arms, retired: new Set(retired), lastUpdateAtMs, play })
}

function checkNotRetired(arms: readonly string[], retired: readonly string[]): void {
  const at = arms.findIndex((id) => retired.includes(id))
  if (at === -1) return
  throw new RangeError(`arms[${at}] must be an id that was never removed, got ${shown(arms[at])}`)
}

function linucbOver(model: Model): LinUCB {
  return {
    get arms() {
      return model.play.ids
    },
    dim: model.settings.dim,
    decide: (context, options) => decide(model, context, options),
    learn: (arm, context, reward) => learn(model, arm, context, reward),
    learnMore: (arm, context, reward) => learnMore(model, arm, context, reward),
    adopt: (arm, sums) => adopt(model, arm, sums),
    addArm: (id, prior) => addArm(model, id, prior),
    removeArm: (id) => removeArm(model, id),
    snapshot: () => snapshotOf(model),
    encode: () => encode(learnedBy(model)),
    diagnostics: () => diagnosticsOf(model),
  }
}
