import { describe, expect, it } from 'vitest'
import { withLook, type Looks } from './looks.ts'

const stay = { epoch: 1, sinceMs: 1_000 }
const look = (looks: Looks | null, nowMs: number, of = stay): Looks =>
  withLook(looks, of, nowMs, 100)

describe('looks at a stage', () => {
  it('vouch for all of it, as long as none is more than two windows after the one before', () => {
    let looks: Looks | null = null
    for (const nowMs of [1_100, 1_300, 1_450, 1_650]) looks = look(looks, nowMs)
    expect(looks).toEqual({ version: 1, ...stay, fromMs: 1_000, lastMs: 1_650 })
  })

  it('begin anew after a gap, with the window of the one that came after it', () => {
    expect(look(null, 1_201).fromMs).toBe(1_101)
    const gap = look(look(null, 1_100), 1_301)
    expect(gap.fromMs).toBe(1_201)
    expect(look(gap, 1_400).fromMs).toBe(1_201)
  })

  it('vouch for no other stage, and no other rollout', () => {
    const looks = look(null, 1_100)
    expect(look(looks, 1_250, { epoch: 2, sinceMs: 1_000 }).fromMs).toBe(1_150)
    expect(look(looks, 1_250, { epoch: 1, sinceMs: 1_120 }).fromMs).toBe(1_120)
  })
})
