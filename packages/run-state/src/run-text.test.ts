import { seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { RunSet } from './run-set.ts'
import { parseRuns, printRuns } from './run-text.ts'

/** Every run from 1 to `count` with this chance. */
function scattered(count: number, chance: number): RunSet {
  const random = seededRandom(`scattered ${chance}`)
  const set = new RunSet()
  for (let run = 1; run <= count; run += 1) if (random.next() < chance) set.add(run)
  return set
}

describe('runs as text', () => {
  it('can be read by people when they are few', () => {
    const runs = new RunSet()
    runs.addRange(100, 105)
    runs.add(107)
    expect(printRuns(runs)).toBe('100-105 107')
  })

  it('are nothing when there are none', () => {
    expect(printRuns(new RunSet())).toBe('')
    expect(parseRuns('')).toEqual(new RunSet())
  })

  it.each([0.01, 0.1, 0.5, 0.9, 0.99])(
    'take no more than 200 KB for a million of which %d are there, and come back whole',
    (chance) => {
      const runs = scattered(1_000_000, chance)
      const text = printRuns(runs)
      expect(text.length).toBeLessThan(200_000)
      expect([...(parseRuns(text) as RunSet).ranges()]).toEqual([...runs.ranges()])
    },
  )

  it('that nobody printed are refused with the part that is wrong', () => {
    const bad = ['x', '1-', '-1', '5-3', '1.5', '1  2', '²', '8192:AAAA', '9007199254740992']
    const all = [...bad, ' ', '1-2-3', `9007199254740991:${'A'.repeat(1367)}=`]
    expect(all.filter((text) => !('problem' in parseRuns(text)))).toEqual([])
  })
})
