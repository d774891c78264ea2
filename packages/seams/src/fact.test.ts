import { afterEach, describe, expect, it, vi } from 'vitest'
import { fanOut, ignore, type Fact } from './fact.ts'

const fact: Fact = { kind: 'lock.won' }

afterEach(() => void vi.unstubAllGlobals())

describe('one ear for several', () => {
  it('lets each hear every fact, in the order given', () => {
    const heard: string[] = []
    const observe = fanOut(
      ({ kind }) => heard.push(`first ${kind}`),
      ({ kind }) => heard.push(`second ${kind}`),
    )
    observe(fact)
    expect(heard).toEqual(['first lock.won', 'second lock.won'])
  })

  it('goes on past one that throws, whose error surfaces as uncaught', () => {
    const later: (() => void)[] = []
    vi.stubGlobal('queueMicrotask', (run: () => void) => later.push(run))
    const heard: Fact[] = []
    const bug = new Error('a bug')
    const observe = fanOut(
      () => {
        throw bug
      },
      (fact) => heard.push(fact),
    )
    observe(fact)
    expect(heard).toEqual([fact])
    expect(later).toHaveLength(1)
    expect(later[0]).toThrow(bug)
  })

  it('may have nobody to tell', () => {
    expect(() => fanOut()(fact)).not.toThrow()
    expect(ignore(fact)).toBeUndefined()
  })
})
