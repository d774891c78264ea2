/**
 * The arithmetic of `src/wasm-kernel.ts` in AssemblyScript, compiled when the package is built. It uses no
 * runtime, no memory but the one it is given, and no instruction whose result depends on the machine.
 */
import { addDense, addScaled, denseForms, dot, multiply, scale, subtractSquare } from './dense'
import {
  context,
  direction,
  fewest,
  inverseSize,
  inverses,
  LANE,
  means,
  rewards,
  slots,
  spreads,
  squares,
  squareSize,
  thetas,
  width,
} from './layout'
import { addSparse, gather, sparseForm } from './sparse'

export { seat } from './layout'

/** xᵀθ and xᵀA⁻¹x of every slot. */
export function score(): void {
  const filled = gather()
  if (filled <= fewest) {
    for (let slot: usize = 0; slot < slots; slot += 1) {
      store<f64>(spreads + slot * LANE, sparseForm(inverses + slot * inverseSize, filled))
    }
  } else {
    for (let slot: usize = 0; slot < slots; slot += 2) {
      // The last of an odd number has itself for company; `spreads` has room for one more.
      const other = min<usize>(slot + 1, slots - 1)
      const at = spreads + slot * LANE
      denseForms(inverses + slot * inverseSize, inverses + other * inverseSize, at)
    }
  }
  for (let slot: usize = 0; slot < slots; slot += 1) {
    const at = spreads + slot * LANE
    store<f64>(at, max<f64>(0, load<f64>(at)))
    store<f64>(means + slot * LANE, dot(thetas + slot * width, context))
  }
}

/** One observation into A⁻¹, θ, A and b of a slot. */
export function absorb(slot: usize, reward: f64): void {
  const theta = thetas + slot * width
  const inverse = inverses + slot * inverseSize
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
  multiply(inverses + slot * inverseSize)
  addScaled(thetas + slot * width, reward, direction)
  addScaled(rewards + slot * width, reward, context)
}
