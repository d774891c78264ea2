/** The loops over the entries of a context that are not 0. */
import { context, dim, fewest, LANE, places, TILE, width } from './layout'

/**
 * Lists the entries of the context that are not 0: for each its number, where its row begins in an A⁻¹,
 * and where its column lies in such a row.
 * @returns how many there are, or one more than `fewest` if there are more.
 */
export function gather(): usize {
  let count: usize = 0
  for (let i: usize = 0; i < dim; i += 1) {
    if (load<f64>(context + i * LANE) == 0) continue
    if (count == fewest) return count + 1
    const quad = i / 4
    const quads = width / (4 * LANE)
    const at = places + count * 16
    store<usize>(at, i)
    // Before this quad lie the tiles of those above it; its row is counted from column 0.
    const above = quad * (2 * quads - quad + 1) * TILE
    store<usize>(at, above - quad * 2 * TILE + (i % 4) * 16, 4)
    store<usize>(at, (i / 2) * TILE + (i % 2) * LANE, 8)
    count += 1
  }
  return count
}

/** xᵀMx over the entries of x that are not 0. */
export function sparseForm(m: usize, filled: usize): f64 {
  let sum: f64 = 0
  const end = places + filled * 16
  for (let at = places; at < end; at += 16) {
    const x = load<f64>(context + load<usize>(at) * LANE)
    const row = m + load<usize>(at, 4)
    let right: f64 = 0
    for (let other = at + 16; other < end; other += 16) {
      right +=
        load<f64>(row + load<usize>(other, 8)) * load<f64>(context + load<usize>(other) * LANE)
    }
    sum += x * (load<f64>(row + load<usize>(at, 8)) * x + 2 * right)
  }
  return sum
}

/** A += x·xᵀ. */
export function addSparse(a: usize, filled: usize): void {
  const end = places + filled * 16
  for (let at = places; at < end; at += 16) {
    const i: usize = load<usize>(at)
    const x = load<f64>(context + i * LANE)
    // Row i begins after the d + (d − 1) + … entries of those above; counted from column 0.
    const row = a + ((i * (2 * dim - i - 1)) / 2) * LANE
    for (let other = at; other < end; other += 16) {
      const k = load<usize>(other) * LANE
      store<f64>(row + k, load<f64>(row + k) + x * load<f64>(context + k))
    }
  }
}
