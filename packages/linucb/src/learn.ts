import { drift, solve, updatesPerAnchor } from './anchor.ts'
import { UnknownArmError } from './errors.ts'
import { equationsOf, type Arm, type Model } from './model.ts'
import { readContext, readReward } from './input.ts'
import { addObservation, addReward } from './sums.ts'

/** Takes in one observed reward. Checks everything before it changes anything. */
export function learn(model: Model, id: string, context: ArrayLike<number>, reward: number): void {
  const { kernel } = model.play
  const arm = readLesson(model, id, context, reward)
  if (arm.slot < 0) addObservation(arm.sums, kernel.context, reward)
  else {
    kernel.absorb(arm.slot, reward)
    arm.sums.pulls += 1
    arm.sums.rewardSum += reward
  }
  countLesson(model, arm)
}

/** Takes in a later part of a reward: θ moves, while how much is known stays as it is. */
export function learnMore(
  model: Model,
  id: string,
  context: ArrayLike<number>,
  reward: number,
): void {
  const { kernel } = model.play
  const arm = readLesson(model, id, context, reward)
  if (arm.slot < 0) addReward(arm.sums, kernel.context, reward)
  else {
    kernel.credit(arm.slot, reward)
    arm.sums.rewardSum += reward
  }
  countLesson(model, arm)
}

/** @throws {UnknownArmError} if the model does not have the arm. */
export function armOf({ arms, retired }: Model, id: string): Arm {
  const arm = arms.get(id)
  if (arm !== undefined) return arm
  throw new UnknownArmError('arm', id, [...arms.keys()], retired.has(id))
}

/** Checks all of a lesson, and puts its context where the kernel reads it. */
function readLesson(model: Model, id: string, context: ArrayLike<number>, reward: number): Arm {
  const arm = armOf(model, id)
  readReward(reward, 'reward')
  readContext(context, model.play.kernel.context, 'context')
  return arm
}

function countLesson(model: Model, arm: Arm): void {
  const { clock, dim } = model.settings
  model.lastUpdateAtMs = clock.wallMs()
  if (arm.slot < 0) return
  arm.updatesSinceAnchor += 1
  if (arm.updatesSinceAnchor >= updatesPerAnchor(dim)) anchor(model, arm)
}

/** Replaces the running estimate, which gathers rounding, by one computed from the sums. */
function anchor({ settings, play }: Model, arm: Arm): void {
  arm.updatesSinceAnchor = 0
  const fresh = solve(equationsOf(arm))
  const running = play.kernel.read(arm.slot)
  // Sums too badly conditioned to factorise leave the running estimate, which is still usable.
  if (fresh !== null) play.kernel.write(arm.slot, fresh)
  settings.observe({
    kind: 'linucb.anchored',
    arm: arm.id,
    drift: fresh === null ? null : drift(running.inverse, fresh.inverse, settings.dim),
  })
}
