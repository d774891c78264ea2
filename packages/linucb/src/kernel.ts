/**
 * The arithmetic of every arm of one model: the only code on the hot path that is O(d²). Each arm has
 * a slot, numbered from 0. The interface is the seam: another implementation (WASM, say) replaces
 * `plainKernel` and nothing else changes.
 */
export interface Kernel {
  /** x, length d. The caller writes a context here before `score` or `absorb`. */
  readonly context: Float64Array
  /** After `score`: xᵀθ of each slot. */
  readonly means: Float64Array
  /** After `score`: xᵀA⁻¹x of each slot, ≥ 0. */
  readonly spreads: Float64Array
  score(): void
  /** Takes one observation of `context` into a slot's A⁻¹ and θ. */
  absorb(slot: number, reward: number): void
  /** Takes more reward for an observation of `context` that was absorbed already: θ += reward·A⁻¹x. */
  credit(slot: number, reward: number): void
  /** A copy of a slot's state. */
  read(slot: number): Estimate
  write(slot: number, estimate: Estimate): void
}

/** What one arm believes. */
export interface Estimate {
  /** A⁻¹, symmetric, upper triangle row by row: d(d+1)/2 numbers. */
  readonly inverse: Float64Array
  /** θ = A⁻¹b, length d. */
  readonly theta: Float64Array
}

export type CreateKernel = (dim: number, slots: number) => Kernel

/** How many numbers a symmetric d × d matrix needs as an upper triangle row by row: d(d+1)/2. */
export const packedLength = (dim: number): number => (dim * (dim + 1)) / 2

/**
 * Plain JavaScript over packed Float64Arrays. Half a symmetric matrix is half the memory to read, and
 * one stored number cannot disagree with its mirror image: with both halves stored, the
 * Sherman–Morrison updates of badly scaled columns drift apart and the error grows without bound.
 */
export const plainKernel: CreateKernel = (dim, slots) => {
  const size = packedLength(dim)
  const inverses = new Float64Array(slots * size)
  const thetas = new Float64Array(slots * dim)
  const context = new Float64Array(dim)
  const direction = new Float64Array(dim)
  const means = new Float64Array(slots)
  const spreads = new Float64Array(slots)
  return {
    context,
    means,
    spreads,
    score() {
      for (let slot = 0; slot < slots; slot += 1) {
        means[slot] = dot(thetas, slot * dim, context, dim)
        spreads[slot] = Math.max(0, quadraticForm(inverses, slot * size, context, dim))
      }
    },
    absorb(slot, reward) {
      multiply(inverses, slot * size, context, dim, direction)
      const spread = Math.max(0, dot(direction, 0, context, dim))
      const gain = 1 / (1 + spread)
      const error = reward - dot(thetas, slot * dim, context, dim)
      subtractSquare(inverses, slot * size, direction, dim, gain)
      addScaled(thetas, slot * dim, direction, dim, gain * error)
    },
    credit(slot, reward) {
      multiply(inverses, slot * size, context, dim, direction)
      addScaled(thetas, slot * dim, direction, dim, reward)
    },
    read: (slot) => ({
      inverse: inverses.slice(slot * size, (slot + 1) * size),
      theta: thetas.slice(slot * dim, (slot + 1) * dim),
    }),
    write(slot, { inverse, theta }) {
      inverses.set(inverse, slot * size)
      thetas.set(theta, slot * dim)
    },
  }
}

function dot(left: Float64Array, at: number, right: Float64Array, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i += 1) sum += left[at + i]! * right[i]!
  return sum
}

/** v += factor · u. */
function addScaled(
  v: Float64Array,
  at: number,
  u: Float64Array,
  length: number,
  factor: number,
): void {
  for (let i = 0; i < length; i += 1) v[at + i]! += factor * u[i]!
}

/** xᵀMx. Two rows at a time, so that each x is loaded once for both and the sums do not wait. */
function quadraticForm(m: Float64Array, at: number, x: Float64Array, dim: number): number {
  let sum = 0
  let row = at
  let i = 0
  for (; i + 1 < dim; i += 2) {
    const below = row + dim - i
    const first = x[i]!
    const second = x[i + 1]!
    let upper = m[row + 1]! * second
    let lower = 0
    const upperAt = row - i
    const lowerAt = below - i - 1
    for (let k = i + 2; k < dim; k += 1) {
      const value = x[k]!
      upper += m[upperAt + k]! * value
      lower += m[lowerAt + k]! * value
    }
    sum += first * (m[row]! * first + 2 * upper) + second * (m[below]! * second + 2 * lower)
    row = below + dim - i - 1
  }
  if (i < dim) sum += m[row]! * x[i]! * x[i]!
  return sum
}

/** out = Mx. */
function multiply(
  m: Float64Array,
  at: number,
  x: Float64Array,
  dim: number,
  out: Float64Array,
): void {
  for (let i = 0; i < dim; i += 1) out[i] = 0
  let row = at
  for (let i = 0; i < dim; i += 1) {
    const value = x[i]!
    const offset = row - i
    let sum = m[row]! * value
    for (let k = i + 1; k < dim; k += 1) {
      const entry = m[offset + k]!
      sum += entry * x[k]!
      out[k]! += entry * value
    }
    out[i]! += sum
    row += dim - i
  }
}

/** M −= gain · v·vᵀ. */
function subtractSquare(
  m: Float64Array,
  at: number,
  v: Float64Array,
  dim: number,
  gain: number,
): void {
  let row = at
  for (let i = 0; i < dim; i += 1) {
    const scaled = gain * v[i]!
    const offset = row - i
    for (let k = i; k < dim; k += 1) m[offset + k]! -= scaled * v[k]!
    row += dim - i
  }
}
