/** The loops over whole vectors and matrices, two numbers at a time. */
import { context, dim, direction, LANE, TILE, width } from './layout'

/**
 * xᵀMx and xᵀNx, put side by side at `out`. Two matrices at a time, so that each part of x is loaded once
 * for both, and no sum has to wait for the one before.
 */
export function denseForms(m: usize, n: usize, out: usize): void {
  let squareM = f64x2.splat(0)
  let rightM = squareM
  let squareN = squareM
  let rightN = squareM
  const end = context + width
  for (let x = context; x < end; x += 32) {
    const x0 = v128.load_splat<f64>(x)
    const x1 = v128.load_splat<f64>(x, 8)
    const x2 = v128.load_splat<f64>(x, 16)
    const x3 = v128.load_splat<f64>(x, 24)
    squareM = f64x2.add(squareM, squareForm(m, x, x0, x1, x2, x3))
    squareN = f64x2.add(squareN, squareForm(n, x, x0, x1, x2, x3))
    m += 2 * TILE
    n += 2 * TILE
    let m0 = f64x2.splat(0)
    let m1 = m0
    let m2 = m0
    let m3 = m0
    let n0 = m0
    let n1 = m0
    let n2 = m0
    let n3 = m0
    for (let k = x + 32; k < end; k += 16) {
      const p = v128.load(k)
      m0 = f64x2.add(m0, f64x2.mul(p, v128.load(m)))
      m1 = f64x2.add(m1, f64x2.mul(p, v128.load(m, 16)))
      m2 = f64x2.add(m2, f64x2.mul(p, v128.load(m, 32)))
      m3 = f64x2.add(m3, f64x2.mul(p, v128.load(m, 48)))
      n0 = f64x2.add(n0, f64x2.mul(p, v128.load(n)))
      n1 = f64x2.add(n1, f64x2.mul(p, v128.load(n, 16)))
      n2 = f64x2.add(n2, f64x2.mul(p, v128.load(n, 32)))
      n3 = f64x2.add(n3, f64x2.mul(p, v128.load(n, 48)))
      m += TILE
      n += TILE
    }
    rightM = f64x2.add(rightM, combined(x0, x1, x2, x3, m0, m1, m2, m3))
    rightN = f64x2.add(rightN, combined(x0, x1, x2, x3, n0, n1, n2, n3))
  }
  store<f64>(out, total(f64x2.add(squareM, f64x2.add(rightM, rightM))))
  store<f64>(out, total(f64x2.add(squareN, f64x2.add(rightN, rightN))), LANE)
}

/** The same over one 4 × 4 square on the diagonal. */
function squareForm(tiles: usize, x: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const left = weighted(tiles, x0, x1, x2, x3)
  const right = weighted(tiles + TILE, x0, x1, x2, x3)
  return f64x2.add(f64x2.mul(left, v128.load(x)), f64x2.mul(right, v128.load(x, 16)))
}

/** The rows of a tile, each times its factor, added up. */
function weighted(tile: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const a = v128.load(tile)
  const b = v128.load(tile, 16)
  const c = v128.load(tile, 32)
  const d = v128.load(tile, 48)
  return combined(x0, x1, x2, x3, a, b, c, d)
}

function combined(
  x0: v128,
  x1: v128,
  x2: v128,
  x3: v128,
  a: v128,
  b: v128,
  c: v128,
  d: v128,
): v128 {
  const upper = f64x2.add(f64x2.mul(x0, a), f64x2.mul(x1, b))
  const lower = f64x2.add(f64x2.mul(x2, c), f64x2.mul(x3, d))
  return f64x2.add(upper, lower)
}

/** direction = Mx. */
export function multiply(m: usize): void {
  memory.fill(direction, 0, width)
  const end = context + width
  const toDirection = direction - context
  for (let x = context; x < end; x += 32) {
    const x0 = v128.load_splat<f64>(x)
    const x1 = v128.load_splat<f64>(x, 8)
    const x2 = v128.load_splat<f64>(x, 16)
    const x3 = v128.load_splat<f64>(x, 24)
    const p = v128.load(x)
    const q = v128.load(x, 16)
    let a0 = f64x2.add(f64x2.mul(p, v128.load(m)), f64x2.mul(q, v128.load(m, 64)))
    let a1 = f64x2.add(f64x2.mul(p, v128.load(m, 16)), f64x2.mul(q, v128.load(m, 80)))
    let a2 = f64x2.add(f64x2.mul(p, v128.load(m, 32)), f64x2.mul(q, v128.load(m, 96)))
    let a3 = f64x2.add(f64x2.mul(p, v128.load(m, 48)), f64x2.mul(q, v128.load(m, 112)))
    m += 2 * TILE
    for (let k = x + 32; k < end; k += 16) {
      const p = v128.load(k)
      const m0 = v128.load(m)
      const m1 = v128.load(m, 16)
      const m2 = v128.load(m, 32)
      const m3 = v128.load(m, 48)
      a0 = f64x2.add(a0, f64x2.mul(p, m0))
      a1 = f64x2.add(a1, f64x2.mul(p, m1))
      a2 = f64x2.add(a2, f64x2.mul(p, m2))
      a3 = f64x2.add(a3, f64x2.mul(p, m3))
      const out = k + toDirection
      const down = combined(x0, x1, x2, x3, m0, m1, m2, m3)
      v128.store(out, f64x2.add(v128.load(out), down))
      m += TILE
    }
    const out = x + toDirection
    store<f64>(out, load<f64>(out) + total(a0))
    store<f64>(out, load<f64>(out, 8) + total(a1), 8)
    store<f64>(out, load<f64>(out, 16) + total(a2), 16)
    store<f64>(out, load<f64>(out, 24) + total(a3), 24)
  }
}

/** M −= direction·directionᵀ. */
export function subtractSquare(m: usize): void {
  const end = direction + width
  for (let v = direction; v < end; v += 32) {
    const v0 = v128.load_splat<f64>(v)
    const v1 = v128.load_splat<f64>(v, 8)
    const v2 = v128.load_splat<f64>(v, 16)
    const v3 = v128.load_splat<f64>(v, 24)
    for (let k = v; k < end; k += 16) {
      const p = v128.load(k)
      v128.store(m, f64x2.sub(v128.load(m), f64x2.mul(v0, p)))
      v128.store(m, f64x2.sub(v128.load(m, 16), f64x2.mul(v1, p)), 16)
      v128.store(m, f64x2.sub(v128.load(m, 32), f64x2.mul(v2, p)), 32)
      v128.store(m, f64x2.sub(v128.load(m, 48), f64x2.mul(v3, p)), 48)
      m += TILE
    }
  }
}

/** A += x·xᵀ, A packed as the rest of the package packs it: upper triangle row by row. */
export function addDense(a: usize): void {
  const end = context + dim * LANE
  for (let x = context; x < end; x += LANE) {
    const value = load<f64>(x)
    const row = v128.load_splat<f64>(x)
    let k = x
    for (; k + 32 <= end; k += 32) {
      v128.store(a, f64x2.add(v128.load(a), f64x2.mul(row, v128.load(k))))
      v128.store(a, f64x2.add(v128.load(a, 16), f64x2.mul(row, v128.load(k, 16))), 16)
      a += 32
    }
    for (; k < end; k += LANE) {
      store<f64>(a, load<f64>(a) + value * load<f64>(k))
      a += LANE
    }
  }
}

export function dot(left: usize, right: usize): f64 {
  let a = f64x2.splat(0)
  let b = a
  for (const end = left + width; left < end; left += 32) {
    a = f64x2.add(a, f64x2.mul(v128.load(left), v128.load(right)))
    b = f64x2.add(b, f64x2.mul(v128.load(left, 16), v128.load(right, 16)))
    right += 32
  }
  return total(f64x2.add(a, b))
}

/** v += factor·u. */
export function addScaled(v: usize, factor: f64, u: usize): void {
  const by = f64x2.splat(factor)
  for (const end = v + width; v < end; v += 16) {
    v128.store(v, f64x2.add(v128.load(v), f64x2.mul(by, v128.load(u))))
    u += 16
  }
}

export function scale(v: usize, factor: f64): void {
  const by = f64x2.splat(factor)
  for (const end = v + width; v < end; v += 16) v128.store(v, f64x2.mul(v128.load(v), by))
}

function total(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1)
}
