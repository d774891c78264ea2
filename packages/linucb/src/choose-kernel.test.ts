import { describe, expect, it } from 'vitest'
import { chooseKernel } from './choose-kernel.ts'
import { createLinUCB, restoreLinUCB } from './linucb.ts'
import { wasmKernel } from './wasm-kernel.ts'

const options = { arms: ['R1', 'R2'], dim: 3 }

describe('the kernel', () => {
  it('is WebAssembly where the host runs it', () => {
    expect(createLinUCB(options).diagnostics().kernel).toBe('wasm')
    expect(chooseKernel('auto', 1, 1).kind).toBe('wasm')
  })

  it.each(['plain', 'wasm'] as const)('is %s where that is asked for', (kernel) => {
    const model = createLinUCB({ ...options, kernel })
    expect(model.diagnostics().kernel).toBe(kernel)
    model.learn('R1', [1, 0.5, 0], 1)
    model.addArm('R3')
    expect(model.diagnostics().kernel).toBe(kernel)
    expect(restoreLinUCB(model.snapshot(), options).diagnostics().kernel).toBe('wasm')
  })

  it('is not WebAssembly where four gigabytes would not hold the arms', () => {
    expect(wasmKernel(4096, 64)).toBeNull()
    expect(() => chooseKernel('wasm', 4096, 64)).toThrow(
      'kernel must be "auto" or "plain" where WebAssembly SIMD or memory for it is missing, got "wasm"',
    )
  })

  it('keeps the numbers of one model apart from those of another', () => {
    const [one, other] = [createLinUCB(options), createLinUCB(options)]
    one.learn('R1', [1, 1, 1], 5)
    expect(other.snapshot().arms['R1']?.pulls).toBe(0)
    expect(other.decide([1, 0, 0]).scores['R1']).toBeCloseTo(1.1, 12)
  })
})
