/**
 * The arithmetic of `src/wasm-kernel.ts` in AssemblyScript, compiled when the package is built. It uses no
 * runtime, no memory but the one it is given, and no instruction whose result depends on the machine.
 */
import { addDense, addScaled, denseForms, dot, multiply, scale, subtractSquare } from './dense'
import {
  context,
  direction,
  fewest,
  estimates,
  estimateSize,
  LANE,
  means,
  rewards,
  slots,
  spreads,
  squares,
  squareSize,
  thetaSize,
  width,
} from './layout'
import { addSparse, gather, sparseForm } from './sparse'

export { seat } from './layout'

/** xᵀθ and xᵀA⁻¹x of every slot. */
export function score(): void {
  const filled = gather()
  if (filled <= fewest) {
    for (let slot: usize = 0; slot < slots; slot += 1) {
      const theta = thetaOf(slot)
      tell(slot, theta, sparseForm(theta + thetaSize, filled))
    }
    return
  }
  // Two halves side by side, so that each is one ascending run through memory from arm to arm. The last
  // of an odd number is scored twice.
  const half = (slots + 1) / 2
  for (let slot: usize = 0; slot < half; slot += 1) {
    const other = min<usize>(slot + half, slots - 1)
    const theta = thetaOf(slot)
    const otherTheta = thetaOf(other)
    denseForms(theta + thetaSize, otherTheta + thetaSize, direction)
    tell(slot, theta, load<f64>(direction))
    tell(other, otherTheta, load<f64>(direction, LANE))
  }
}

/** One observation into A⁻¹, θ, A and b of a slot. */
export function absorb(slot: usize, reward: f64): void {
  const theta = thetaOf(slot)
  const inverse = theta + thetaSize
  multiply(inverse)
  const spread = dot(direction, context)
  // See `plain-kernel.ts`.
  if (spread > 0) {
    const gain: f64 = 1 / (1 + spread)
    const error = reward - dot(theta, context)
    addScaled(theta, gain * error, direction)
    // With its root on both sides the product is the same for an entry and its mirror image.
    scale(direction, sqrt<f64>(gain))
    subtractSquare(inverse)
  }
  addScaled(rewards + slot * width, reward, context)
  const filled = gather()
  if (filled <= fewest) addSparse(squares + slot * squareSize, filled)
  else addDense(squares + slot * squareSize)
}

/** More reward for an observation that was absorbed already: into θ and b. */
export function credit(slot: usize, reward: f64): void {
  const theta = thetaOf(slot)
  multiply(theta + thetaSize)
  addScaled(theta, reward, direction)
  addScaled(rewards + slot * width, reward, context)
}

function thetaOf(slot: usize): usize {
  return estimates + slot * estimateSize
}

function tell(slot: usize, theta: usize, spread: f64): void {
  store<f64>(means + slot * LANE, dot(theta, context))
  store<f64>(spreads + slot * LANE, max<f64>(0, spread))
}
