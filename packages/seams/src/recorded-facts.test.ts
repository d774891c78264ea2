import { describe, expect, it } from 'vitest'
import { recordedFacts } from './recorded-facts.ts'

type DoorFact =
  | { readonly kind: 'door.opened'; readonly by: string }
  | { readonly kind: 'door.closed' }

const opened = (by: string): DoorFact => ({ kind: 'door.opened', by })
const closed: DoorFact = { kind: 'door.closed' }

describe('recorded facts', () => {
  it('are all there, oldest first', () => {
    const facts = recordedFacts<DoorFact>()
    expect(facts.all).toEqual([])
    facts.observe(opened('ana'))
    facts.observe(closed)
    expect(facts.all).toEqual([opened('ana'), closed])
  })

  it('can be asked for one kind, with its fields', () => {
    const facts = recordedFacts<DoorFact>()
    facts.observe(opened('ana'))
    facts.observe(closed)
    facts.observe(opened('ben'))
    expect(facts.ofKind('door.opened').map(({ by }) => by)).toEqual(['ana', 'ben'])
  })
})
