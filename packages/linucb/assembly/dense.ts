/** The loops over whole vectors and matrices, two numbers at a time. */
import { context, dim, direction, LANE, TILE, width } from './layout'

/** xᵀMx. */
export function denseForm(m: usize): f64 {
  let square = f64x2.splat(0)
  let right = f64x2.splat(0)
  const end = context + width
  for (let x = context; x < end; x += 32) {
    const x0 = v128.load_splat<f64>(x)
    const x1 = v128.load_splat<f64>(x, 8)
    const x2 = v128.load_splat<f64>(x, 16)
    const x3 = v128.load_splat<f64>(x, 24)
    square = f64x2.add(square, f64x2.mul(combined(m, x0, x1, x2, x3), v128.load(x)))
    square = f64x2.add(square, f64x2.mul(combined(m + TILE, x0, x1, x2, x3), v128.load(x, 16)))
    m += 2 * TILE
    let a0 = f64x2.splat(0)
    let a1 = a0
    let a2 = a0
    let a3 = a0
    let b0 = a0
    let b1 = a0
    let b2 = a0
    let b3 = a0
    for (let k = x + 32; k < end; k += 32) {
      const p = v128.load(k)
      a0 = f64x2.add(a0, f64x2.mul(p, v128.load(m)))
      a1 = f64x2.add(a1, f64x2.mul(p, v128.load(m, 16)))
      a2 = f64x2.add(a2, f64x2.mul(p, v128.load(m, 32)))
      a3 = f64x2.add(a3, f64x2.mul(p, v128.load(m, 48)))
      const q = v128.load(k, 16)
      b0 = f64x2.add(b0, f64x2.mul(q, v128.load(m, 64)))
      b1 = f64x2.add(b1, f64x2.mul(q, v128.load(m, 80)))
      b2 = f64x2.add(b2, f64x2.mul(q, v128.load(m, 96)))
      b3 = f64x2.add(b3, f64x2.mul(q, v128.load(m, 112)))
      m += 2 * TILE
    }
    right = f64x2.add(right, f64x2.mul(x0, f64x2.add(a0, b0)))
    right = f64x2.add(right, f64x2.mul(x1, f64x2.add(a1, b1)))
    right = f64x2.add(right, f64x2.mul(x2, f64x2.add(a2, b2)))
    right = f64x2.add(right, f64x2.mul(x3, f64x2.add(a3, b3)))
  }
  return total(f64x2.add(square, f64x2.add(right, right)))
}

/** The rows of a tile, each times its factor, added up. */
function combined(tile: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const upper = f64x2.add(f64x2.mul(x0, v128.load(tile)), f64x2.mul(x1, v128.load(tile, 16)))
  const lower = f64x2.add(f64x2.mul(x2, v128.load(tile, 32)), f64x2.mul(x3, v128.load(tile, 48)))
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
      const upper = f64x2.add(f64x2.mul(x0, m0), f64x2.mul(x1, m1))
      const lower = f64x2.add(f64x2.mul(x2, m2), f64x2.mul(x3, m3))
      const out = k + toDirection
      v128.store(out, f64x2.add(v128.load(out), f64x2.add(upper, lower)))
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
