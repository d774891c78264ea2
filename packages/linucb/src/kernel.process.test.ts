import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const dist = new URL('../dist/index.js', import.meta.url).href

/** Says what a model computes with in a process of its own, and what asking for `wasm` does there. */
const program = `
import { createLinUCB } from '${dist}'
const options = { arms: ['R1', 'R2'], dim: 3 }
const model = createLinUCB(options)
model.learn('R1', [1, 0.5, 0], 0.25)
const score = model.decide([1, 0, 0]).scores.R1
let asked = 'works'
try { createLinUCB({ ...options, kernel: 'wasm' }) } catch (error) { asked = error.message }
console.log(JSON.stringify({ kernel: model.diagnostics().kernel, score, asked }))
`

interface Told {
  readonly kernel: string
  readonly score: number
  readonly asked: string
}

function told(...flags: readonly string[]): Told {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  )
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Told
}

describe('a process', () => {
  it('that can run WebAssembly uses it, unasked', () => {
    expect(told()).toMatchObject({ kernel: 'wasm', asked: 'works' })
  })

  it('that cannot computes the same in plain JavaScript, and says so when asked', () => {
    const { kernel, score, asked } = told('--jitless')
    expect(kernel).toBe('plain')
    expect(score).toBeCloseTo(told().score, 12)
    expect(asked).toMatch(/kernel must be "auto" or "plain" where WebAssembly .* is missing/)
  })
})
