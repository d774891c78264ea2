/**
 * How fast this machine reads memory, right now: all that a choice must read, added up once in
 * WebAssembly SIMD and nothing else done with it. No choice that reads whole matrices can be faster.
 *
 * The module is this, compiled by `asc -O3 --noAssert --runtime stub --enable simd --importMemory`:
 *
 *     export function sum(at: usize, bytes: usize): f64 {
 *       let a = f64x2.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a
 *       for (const end = at + bytes; at < end; at += 128) {
 *         a = f64x2.add(a, v128.load(at)) // and b to h at 16 to 112
 *       }
 *       // the lanes of all eight, added
 *     }
 */
const MODULE =
  'AGFzbQEAAAABBwFgAn9/AXwCDwEDZW52Bm1lbW9yeQIAAAMCAQAHBwEDc3VtAAAKuwEBuAEBCHsgACABaiEBA0AgACABSQRAIAIgAP0ABAD98AEhAiADIAD9AAQQ/fABIQMgBCAA/QAEIP3wASEEIAUgAP0ABDD98AEhBSAGIAD9AARA/fABIQYgByAA/QAEUP3wASEHIAggAP0ABGD98AEhCCAJIAD9AARw/fABIQkgAEGAAWohAAwBCwsgAiAD/fABIAQgBf3wAf3wASAGIAf98AEgCCAJ/fAB/fAB/fABIgL9IQAgAv0hAaAL'

/** @returns what reads the first `bytes` of a memory once. */
export function memoryProbe(memory: WebAssembly.Memory, bytes: number): () => number {
  const module = new WebAssembly.Module(Buffer.from(MODULE, 'base64'))
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const sum = exports['sum'] as (at: number, bytes: number) => number
  const whole = Math.ceil(bytes / 128) * 128
  return () => sum(0, whole)
}

/**
 * The memory that `work` makes for itself. The probe reads that very memory: which pages of the machine
 * one gets makes a difference of up to a third, and another memory would have others.
 */
export function memoryMadeBy(work: () => void): WebAssembly.Memory {
  const { Memory } = WebAssembly
  const made: WebAssembly.Memory[] = []
  class Watched extends Memory {
    constructor(size: { readonly initial: number; readonly maximum: number }) {
      super(size)
      made.push(this)
    }
  }
  Object.assign(WebAssembly, { Memory: Watched })
  try {
    work()
  } finally {
    Object.assign(WebAssembly, { Memory })
  }
  const [memory] = made
  if (memory === undefined || made.length > 1)
    throw new Error(`made ${made.length} memories, not 1`)
  return memory
}
