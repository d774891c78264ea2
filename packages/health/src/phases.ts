/** A phase of a stop, and the phases it comes after. */
export interface PhaseOrder {
  readonly name: string
  readonly after: readonly string[]
}

/** A ring of phases that would each wait for the next, if `added` came to `phases`; null when there is none. */
export function ringWith(phases: readonly PhaseOrder[], added: PhaseOrder): string[] | null {
  const afterOf = new Map([...phases, added].map(({ name, after }) => [name, after]))
  const seen = new Set<string>()
  const search = (name: string, path: readonly string[]): string[] | null => {
    for (const next of afterOf.get(name) ?? []) {
      if (next === added.name) return [...path, next]
      if (seen.has(next)) continue
      seen.add(next)
      const ring = search(next, [...path, next])
      if (ring !== null) return ring
    }
    return null
  }
  return search(added.name, [added.name])
}
