import { LinUCBInputError, UnknownArmError } from './errors.ts'
import { newArm, seat, type Arm, type Model } from './model.ts'
import { checkId } from './input.ts'
import { checkArmPrior, type ArmPrior } from './prior.ts'

/** Brings an arm into play: a new one, or one at rest with all it has learned. */
export function addArm(model: Model, id: string, prior: ArmPrior | undefined): void {
  const { settings, arms, retired } = model
  checkId('id', id)
  if (retired.has(id)) throw new LinUCBInputError('id', 'an id that was never removed', id)
  const known = arms.get(id)
  if (known !== undefined && known.slot >= 0) {
    throw new LinUCBInputError('id', 'an arm that is not in play', id)
  }
  if (prior !== undefined) checkArmPrior(prior, settings.dim, 'prior')
  const arm = newArm(settings, id, known?.sums, prior)
  model.play = seat(settings, [...inPlay(model), arm], model.play)
  arms.set(id, arm)
  settings.observe({
    kind: 'linucb.arm-added',
    arm: id,
    was: known === undefined ? 'new' : 'resting',
  })
}

/** Forgets an arm for good. The others keep what they know to the last bit. */
export function removeArm(model: Model, id: string): void {
  const { settings, arms, retired } = model
  const arm = arms.get(id)
  if (arm === undefined) throw new UnknownArmError('id', id, [...arms.keys()], retired.has(id))
  if (id === settings.guardrail) {
    throw new LinUCBInputError('id', 'another arm than the guardrail', id)
  }
  if (arm.slot >= 0) {
    const others = inPlay(model).filter((other) => other !== arm)
    model.play = seat(settings, others, model.play)
  }
  arms.delete(id)
  retired.add(id)
  settings.observe({ kind: 'linucb.arm-removed', arm: id, pulls: arm.sums.pulls })
}

function inPlay({ arms, play }: Model): readonly Arm[] {
  return play.ids.map((id) => arms.get(id)!)
}
