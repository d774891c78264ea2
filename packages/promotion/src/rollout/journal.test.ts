import { describe, expect, it } from 'vitest'
import { printJson } from '@holdfast/atomic-json'
import { entryOf, readJournal, stateAfter, type JournalEntry } from './journal.ts'
import { beginning, type RolloutState } from './state.ts'

const BY = { atMs: 5, command: 'stage', by: 'ana' }

/** A journal of so many changes. */
function journal(count: number): { readonly text: string; readonly entries: JournalEntry[] } {
  let state: RolloutState = beginning
  const entries: JournalEntry[] = []
  for (let seq = 1; seq <= count; seq += 1) {
    const made = entryOf(state.head, { ...state, seq, reason: `change ${seq}` }, BY)
    entries.push(made.entry)
    state = made.state
  }
  return { text: entries.map((entry) => `${printJson(entry)}\n`).join(''), entries }
}

describe('the journal of a rollout', () => {
  it('says after each change where the rollout stands', () => {
    const { text, entries } = journal(3)
    const found = readJournal(text)
    expect(found).toMatchObject({ problem: null, wholeBytes: text.length })
    expect(found.entries).toEqual(entries)
    const last = entries[2]
    expect(last && stateAfter(last)).toMatchObject({ seq: 3, reason: 'change 3', head: last?.hash })
  })

  it('takes no state that it could not be read with again', () => {
    for (const change of [{ stage: 33 }, { sinceMs: -1 }, { standing: { kind: 'lost' } }]) {
      const broken = { ...beginning, seq: 1, ...change } as RolloutState
      expect(() => entryOf('', broken, BY)).toThrow('a state must be one of version 1')
    }
  })

  it('leaves out a line that was torn off, and says where the whole ones end', () => {
    const { text } = journal(3)
    const whole = journal(2).text.length
    for (let at = whole; at < text.length; at += 1) {
      const found = readJournal(text.slice(0, at))
      expect([found.entries.length, found.wholeBytes, found.problem]).toEqual([2, whole, null])
    }
  })

  it.each<readonly [string, (lines: string[]) => string[], number, string]>([
    ['changed', (l) => l.map((one) => one.replace('change 2', 'change X')), 2, 'was changed'],
    ['removed', (l) => l.toSpliced(1, 1), 2, 'does not follow'],
    ['put elsewhere', ([a = '', b = '', c = '']) => [a, c, b], 2, 'does not follow'],
    ['no entry', (l) => l.with(0, '{}'), 1, 'is no journal entry'],
    ['no JSON', (l) => l.with(2, 'x'), 3, 'is no journal entry'],
    ['written twice', ([a = '']) => [a, a], 2, 'does not follow'],
  ])('tells a line that was %s', (_, change, line, reason) => {
    const lines = journal(3).text.trimEnd().split('\n')
    const { problem } = readJournal(`${change(lines).join('\n')}\n`)
    expect(problem).toMatchObject({ line, reason: expect.stringContaining(reason) as string })
  })
})
