import { decide, type Decision, type DecideOptions } from './decide.ts'
import { learn } from './learn.ts'
import { newArm, seat, type Model } from './model.ts'
import { checkedOptions, type LinUCBOptions } from './options.ts'
import { checkPrior } from './prior.ts'

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
}

/**
 * Makes a bandit that has learned nothing yet.
 * @throws {RangeError} or {TypeError} for an option out of range, naming it.
 */
export function createLinUCB(options: LinUCBOptions): LinUCB {
  const settings = checkedOptions(options)
  if (settings.prior !== undefined) checkPrior(settings.prior, settings.dim)
  const arms = settings.arms.map((id) => newArm(settings, id))
  return linucbOver({
    settings,
    arms: new Map(arms.map((arm) => [arm.id, arm])),
    retired: new Set(),
    lastUpdateAtMs: null,
    play: seat(settings, arms, null),
  })
}

function linucbOver(model: Model): LinUCB {
  return {
    get arms() {
      return model.play.ids
    },
    dim: model.settings.dim,
    decide: (context, options) => decide(model, context, options),
    learn: (arm, context, reward) => learn(model, arm, context, reward),
  }
}
