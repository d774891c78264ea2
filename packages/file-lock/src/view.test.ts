import { describe, expect, it } from 'vitest'
import { freeToken, heldToken, ticketOf } from './entry-name.ts'
import { owner } from './owner.fixture.ts'
import { viewOf } from './view.ts'

const free = freeToken(7, 'b')
const held = heldToken(8, owner())

describe('a look at the names in a lock directory', () => {
  it('shows the token, among whatever else lies there', () => {
    const names = ['.DS_Store', 'k.db', 'k.db-journal', held.name, 'notes.txt']
    expect(viewOf(names)).toEqual({ kind: 'token', token: held, tickets: [] })
    expect(viewOf([free.name])).toEqual({ kind: 'token', token: free, tickets: [] })
  })

  it('shows the tickets by number, and those drawn at once by name', () => {
    const tickets = [
      ticketOf(2, owner({ pid: 9 })),
      ticketOf(9, owner({ pid: 3 })),
      ticketOf(9, owner({ pid: 5 })),
      ticketOf(10, owner({ pid: 1 })),
    ]
    const names = [...tickets.map(({ name }) => name), free.name]
    for (const order of [names, names.toReversed(), names.toSorted()]) {
      expect(viewOf(order)).toEqual({ kind: 'token', token: free, tickets })
    }
  })

  it('takes an empty directory for a lock of proper-lockfile by itself', () => {
    expect(viewOf([])).toEqual({ kind: 'foreign' })
  })

  it('finds damage where something lies but no token', () => {
    const names = [ticketOf(1, owner()).name, 'k.db', 'k.db-journal']
    expect(viewOf(names)).toEqual({ kind: 'damaged', names })
  })

  it('keeps its hands off a directory with no token and something that is none of ours', () => {
    const { name } = ticketOf(1, owner())
    const unreadable = `h1.9.${'x'.repeat(20)}`
    for (const stranger of ['thesis.tex', '.DS_Store', unreadable]) {
      expect(viewOf([name, stranger, 'k.db'])).toEqual({ kind: 'occupied', name: stranger })
    }
  })

  it('goes no further when another version wrote here, whatever else lies there', () => {
    const unknown = { kind: 'unknown-version', name: 'h2.9.someone' }
    expect(viewOf(['h2.9.someone', free.name])).toEqual(unknown)
    expect(viewOf([free.name, 'h2.9.someone'])).toEqual(unknown)
  })

  it('believes the higher of two tokens, which someone must have copied', () => {
    for (const names of [
      [free.name, held.name],
      [held.name, free.name],
    ]) {
      expect(viewOf(names)).toMatchObject({ token: held })
    }
  })
})
