import { describe, expect, it } from 'vitest'
import { byKind } from './by-kind.ts'

type DoorFact =
  | { readonly kind: 'door.opened'; readonly by: string }
  | { readonly kind: 'door.closed' }
  | { readonly kind: '__proto__' }

describe('ears by kind', () => {
  it('hear the facts of their kind only', () => {
    const heard: string[] = []
    const observe = byKind<DoorFact>({ 'door.opened': ({ by }) => heard.push(by) })
    observe({ kind: 'door.opened', by: 'ana' })
    observe({ kind: 'door.closed' })
    observe({ kind: '__proto__' })
    expect(heard).toEqual(['ana'])
  })

  it('may be none for a kind', () => {
    const observe = byKind<DoorFact>({})
    expect(() => observe({ kind: 'door.closed' })).not.toThrow()
  })

  it('must be functions', () => {
    const ears = { 'door.closed': 'loudly' } as unknown as Parameters<typeof byKind<DoorFact>>[0]
    expect(() => byKind<DoorFact>(ears)).toThrow(
      new TypeError('what hears door.closed must be a function, got string'),
    )
  })
})
