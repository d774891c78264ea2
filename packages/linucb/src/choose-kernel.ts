import type { Kernel } from './kernel.ts'
import { plainKernel } from './plain-kernel.ts'
import { wasmKernel } from './wasm-kernel.ts'

export type KernelChoice = 'auto' | 'plain' | 'wasm'

/**
 * @throws {RangeError} if `choice` is `wasm` and the host cannot run it.
 */
export function chooseKernel(choice: KernelChoice, dim: number, slots: number): Kernel {
  if (choice === 'plain') return plainKernel(dim, slots)
  const wasm = wasmKernel(dim, slots)
  if (wasm !== null) return wasm
  if (choice === 'auto') return plainKernel(dim, slots)
  throw new RangeError(
    `kernel must be "auto" or "plain" where WebAssembly SIMD or memory for it is missing, got "wasm"`,
  )
}
