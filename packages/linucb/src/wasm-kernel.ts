import { packedLength, type Kernel } from './kernel.ts'
import { kernelModule } from './kernel-module.generated.ts'

/** What `assembly/kernel.ts` exports. */
interface Exports {
  seat(dim: number, slots: number, fewest: number, ...offsets: readonly number[]): void
  score(): void
  absorb(slot: number, reward: number): void
  credit(slot: number, reward: number): void
}

const TILE = 64
const PAGE = 65_536

// Compiling takes as long as some thousand decisions and always gives the same, so it is done once for
// the process, when first asked for; null where WebAssembly or its SIMD is missing.
let compiled: object | null | undefined

// At d = 256 and 100 arms, more than fits the caches, jumping is as fast as running at a sixth of d, and
// about twice as fast at an eighth (bench/compare/linucb-sparse.ts). Smaller models gain more.
const fewestFor = (dim: number): number => Math.floor(dim / 8)

/**
 * WebAssembly SIMD over memory of its own, which no other kernel shares and which never grows.
 * @returns null where the host cannot run it, or gives it no memory.
 */
export function wasmKernel(dim: number, slots: number): Kernel | null {
  compiled = compiled === undefined ? compile() : compiled
  if (compiled === null) return null
  const layout = layoutOf(dim, slots)
  const memory = memoryOf(layout.bytes)
  if (memory === null) return null
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  return kernelOver(exports as unknown as Exports, memory.buffer, layout)
}

function compile(): object | null {
  if (typeof WebAssembly === 'undefined') return null
  const bytes = Uint8Array.from(atob(kernelModule), (char) => char.charCodeAt(0))
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null
}

function memoryOf(bytes: number): WebAssembly.Memory | null {
  const pages = Math.ceil(bytes / PAGE)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch (error) {
    // More than 4 GB, or more addresses than this process may reserve.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Where everything lies, in bytes, each part on a cache line of its own. */
interface Layout {
  readonly dim: number
  readonly slots: number
  /** Bytes of a vector, filled up to a multiple of four numbers. */
  readonly width: number
  /** Bytes of one θ, filled up to whole cache lines. */
  readonly thetaSize: number
  /** Bytes of one θ and the A⁻¹ in tiles behind it. */
  readonly estimateSize: number
  readonly context: number
  readonly direction: number
  readonly places: number
  readonly means: number
  readonly spreads: number
  readonly rewards: number
  readonly estimates: number
  readonly squares: number
  readonly bytes: number
}

function layoutOf(dim: number, slots: number): Layout {
  const quads = Math.ceil(dim / 4)
  const width = quads * 32
  const thetaSize = Math.ceil(width / TILE) * TILE
  const estimateSize = thetaSize + quads * (quads + 1) * TILE
  let next = 0
  const take = (bytes: number): number => {
    const at = next
    next += Math.ceil(bytes / TILE) * TILE
    return at
  }
  return {
    dim,
    slots,
    width,
    thetaSize,
    estimateSize,
    context: take(width),
    direction: take(width),
    places: take(fewestFor(dim) * 16),
    means: take(slots * 8),
    spreads: take(slots * 8),
    rewards: take(slots * width),
    estimates: take(slots * estimateSize),
    squares: take(slots * packedLength(dim) * 8),
    bytes: next,
  }
}

function kernelOver(wasm: Exports, buffer: ArrayBuffer, layout: Layout): Kernel {
  const { dim, slots, width, thetaSize, estimateSize, context, direction, places } = layout
  const { means, spreads, rewards, estimates, squares } = layout
  const size = packedLength(dim)
  const numbers = (at: number, length: number): Float64Array => new Float64Array(buffer, at, length)
  const thetaOf = (slot: number): Float64Array => numbers(estimates + slot * estimateSize, dim)
  const inverseOf = (slot: number): Float64Array =>
    numbers(estimates + slot * estimateSize + thetaSize, (estimateSize - thetaSize) / 8)
  wasm.seat(
    dim,
    slots,
    fewestFor(dim),
    context,
    direction,
    places,
    means,
    spreads,
    rewards,
    estimates,
    squares,
  )
  return {
    kind: 'wasm',
    context: numbers(context, dim),
    means: numbers(means, slots),
    spreads: numbers(spreads, slots),
    sums: Array.from({ length: slots }, (_, slot) => ({
      a: numbers(squares + slot * size * 8, size),
      b: numbers(rewards + slot * width, dim),
    })),
    score: () => wasm.score(),
    absorb: (slot, reward) => wasm.absorb(slot, reward),
    credit: (slot, reward) => wasm.credit(slot, reward),
    read: (slot) => ({ inverse: fromTiles(inverseOf(slot), dim), theta: thetaOf(slot).slice() }),
    write(slot, { inverse, theta }) {
      toTiles(inverse, dim, inverseOf(slot))
      thetaOf(slot).set(theta)
    },
  }
}

/** Where entry (i, k), i ≤ k or in the square on the diagonal, lies in a matrix of tiles. */
function tiled(i: number, k: number, dim: number): number {
  const quad = i >> 2
  const above = quad * (2 * Math.ceil(dim / 4) - quad + 1)
  return (above + (k >> 1) - 2 * quad) * 8 + (i & 3) * 2 + (k & 1)
}

function toTiles(packed: Float64Array, dim: number, tiles: Float64Array): void {
  for (let i = 0, at = 0; i < dim; i += 1) {
    for (let k = i; k < dim; k += 1, at += 1) {
      tiles[tiled(i, k, dim)] = packed[at]!
      // The square on the diagonal is stored whole.
      if (k >> 2 === i >> 2) tiles[tiled(k, i, dim)] = packed[at]!
    }
  }
}

function fromTiles(tiles: Float64Array, dim: number): Float64Array {
  const packed = new Float64Array(packedLength(dim))
  for (let i = 0, at = 0; i < dim; i += 1) {
    for (let k = i; k < dim; k += 1, at += 1) packed[at] = tiles[tiled(i, k, dim)]!
  }
  return packed
}
