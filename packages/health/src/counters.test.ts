import { describe, expect, it } from 'vitest'
import { healthCounters } from './counters.ts'

describe('the counters', () => {
  it('have names of this package, each once', () => {
    const names = healthCounters.map(({ name }) => name)
    expect(names.every((name) => /^holdfast_health_[a-z_]+_total$/.test(name))).toBe(true)
    expect(new Set(names).size).toBe(names.length)
  })

  it('have help that ends as a sentence does', () => {
    for (const { help } of healthCounters) expect(help).toMatch(/^[A-Z].*\.$/)
  })
})
