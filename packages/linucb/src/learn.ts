import { drift, solve, updatesPerAnchor } from './anchor.ts'
import { UnknownArmError } from './errors.ts'
import { equationsOf, type Arm, type Model } from './model.ts'
import { readContext, readReward } from './input.ts'
import { addObservation } from './sums.ts'

/** Takes in one observed reward. Checks everything before it changes anything. */
export function learn(model: Model, id: string, context: ArrayLike<number>, reward: number): void {
  const { settings, play } = model
  const arm = model.arms.get(id)
  if (arm === undefined) {
    throw new UnknownArmError('arm', id, [...model.arms.keys()], model.retired.has(id))
  }
  readReward(reward, 'reward')
  readContext(context, play.kernel.context, 'context')
  addObservation(arm.sums, play.kernel.context, reward)
  model.lastUpdateAtMs = settings.clock.wallMs()
  if (arm.slot < 0) return
  play.kernel.absorb(arm.slot, reward)
  arm.updatesSinceAnchor += 1
  if (arm.updatesSinceAnchor >= updatesPerAnchor(settings.dim)) anchor(model, arm)
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
