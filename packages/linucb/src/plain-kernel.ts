import { packedLength, type Kernel, type NormalEquations } from './kernel.ts'

// At d = 256 and 100 arms, jumping is as fast as running at about half of d, and four times as fast at a
// quarter (bench/compare/linucb-sparse.ts).
const FILLED = 4

/**
 * Plain JavaScript over packed Float64Arrays. Half a symmetric matrix is half the memory to read, and
 * one stored number cannot disagree with its mirror image: with both halves stored, the
 * Sherman–Morrison updates of badly scaled columns drift apart and the error grows without bound.
 */
export function plainKernel(dim: number, slots: number): Kernel {
  const size = packedLength(dim)
  const inverses = new Float64Array(slots * size)
  const thetas = new Float64Array(slots * dim)
  const context = new Float64Array(dim)
  const direction = new Float64Array(dim)
  const means = new Float64Array(slots)
  const spreads = new Float64Array(slots)
  const places = new Uint32Array(Math.floor(dim / FILLED))
  const sums = Array.from({ length: slots }, () => ({
    a: new Float64Array(size),
    b: new Float64Array(dim),
  }))
  return {
    kind: 'plain',
    context,
    means,
    spreads,
    sums,
    score() {
      const filled = gather(context, places)
      for (let slot = 0; slot < slots; slot += 1) {
        means[slot] = dot(thetas, slot * dim, context, dim)
        const at = slot * size
        const spread =
          filled < 0
            ? quadraticForm(inverses, at, context, dim)
            : sparseForm(inverses, at, context, dim, places, filled)
        spreads[slot] = Math.max(0, spread)
      }
    },
    absorb(slot, reward) {
      multiply(inverses, slot * size, context, dim, direction)
      const spread = dot(direction, 0, context, dim)
      // Where rounding has eaten all that is left of A⁻¹ in this direction, a step would only add noise,
      // and noise on noise grows without bound. The next anchor makes up for it.
      if (spread > 0) {
        const gain = 1 / (1 + spread)
        const error = reward - dot(thetas, slot * dim, context, dim)
        addSquare(inverses, slot * size, direction, dim, -gain)
        addScaled(thetas, slot * dim, direction, dim, gain * error)
      }
      addTo(sums[slot]!, context, reward, places)
    },
    credit(slot, reward) {
      multiply(inverses, slot * size, context, dim, direction)
      addScaled(thetas, slot * dim, direction, dim, reward)
      addScaled(sums[slot]!.b, 0, context, dim, reward)
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

/**
 * Lists the places where x is not 0.
 * @returns how many there are; −1 if they are more than there is room for.
 */
function gather(x: Float64Array, places: Uint32Array): number {
  let count = 0
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] === 0) continue
    if (count === places.length) return -1
    places[count] = i
    count += 1
  }
  return count
}

/** a += x·xᵀ, b += reward·x. */
function addTo(
  { a, b }: NormalEquations,
  x: Float64Array,
  reward: number,
  places: Uint32Array,
): void {
  const dim = x.length
  addScaled(b, 0, x, dim, reward)
  const filled = gather(x, places)
  if (filled < 0) {
    addSquare(a, 0, x, dim, 1)
    return
  }
  for (let s = 0; s < filled; s += 1) {
    const i = places[s]!
    const value = x[i]!
    const row = rowAt(i, dim)
    for (let t = s; t < filled; t += 1) {
      const k = places[t]!
      a[row + k]! += value * x[k]!
    }
  }
}

/** Where row i of a packed matrix would begin if it began at column 0. */
const rowAt = (i: number, dim: number): number => (i * (2 * dim - i - 1)) / 2

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

/** xᵀMx over the places where x is not 0. */
function sparseForm(
  m: Float64Array,
  at: number,
  x: Float64Array,
  dim: number,
  places: Uint32Array,
  filled: number,
): number {
  let sum = 0
  for (let s = 0; s < filled; s += 1) {
    const i = places[s]!
    const value = x[i]!
    const row = at + rowAt(i, dim)
    let right = 0
    for (let t = s + 1; t < filled; t += 1) {
      const k = places[t]!
      right += m[row + k]! * x[k]!
    }
    sum += value * (m[row + i]! * value + 2 * right)
  }
  return sum
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

/** M += factor · v·vᵀ. */
function addSquare(
  m: Float64Array,
  at: number,
  v: Float64Array,
  dim: number,
  factor: number,
): void {
  let row = at
  for (let i = 0; i < dim; i += 1) {
    const scaled = factor * v[i]!
    const offset = row - i
    for (let k = i; k < dim; k += 1) m[offset + k]! += scaled * v[k]!
    row += dim - i
  }
}
