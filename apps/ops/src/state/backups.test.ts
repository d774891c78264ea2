import { describe, expect, it } from 'vitest'
import { surplus, type Kept, type Proof } from './backups.ts'

/** Backups named by their place, the newest first. */
const of = (...proofs: Proof[]): Kept[] =>
  proofs.map((proof, i) => ({ id: String(i), proof, decisions: 5 }))

/** Sound ones, by the decisions that come out of them. */
const left = (...decisions: number[]): Kept[] =>
  decisions.map((count, i) => ({ id: String(i), proof: 'sound', decisions: count }))

describe('the backups that may go', () => {
  it('are those beyond the newest that are kept', () => {
    expect(surplus(of('sound', 'sound', 'sound'), 2)).toEqual(['2'])
    expect(surplus(of('sound', 'damaged'), 2)).toEqual([])
  })

  it('are counted apart where they do not open: those push out none that does', () => {
    expect(surplus(of('none', 'none', 'none', 'sound', 'sound'), 2)).toEqual(['2'])
  })

  it('never include the newest that is sound, however many damaged ones came after it', () => {
    expect(surplus(of('damaged', 'damaged', 'damaged', 'sound', 'sound'), 2)).toEqual(['2', '4'])
  })

  it('never include the one that holds the most: what is left of a lost state pushes out nothing', () => {
    expect(surplus(left(0, 0, 0, 2_365, 2_300), 2)).toEqual(['2', '4'])
    expect(surplus(left(9, 8, 7, 6), 2)).toEqual(['2', '3'])
  })

  it('leave one, also where none is to be kept', () => {
    expect(surplus(of('sound', 'sound'), 0)).toEqual(['1'])
  })
})
