import { KERNEL_FILE, parseEntryName, type Ticket, type Token } from './entry-name.ts'

/** What one look at a lock's directory shows. */
export type View =
  /** There is no directory: the path was never locked, or someone removed it. */
  | { readonly kind: 'absent' }
  /** An empty directory: a lock of proper-lockfile without this package. */
  | { readonly kind: 'foreign' }
  /** The token is gone, but not what lay beside it: someone removed it by hand. */
  | { readonly kind: 'damaged'; readonly names: readonly string[] }
  /** No token, and `name`, which is none of ours: a directory that someone has for another purpose. */
  | { readonly kind: 'occupied'; readonly name: string }
  /** A token of another release of this package, whose rules are not known here. */
  | { readonly kind: 'unknown-version'; readonly name: string }
  | {
      readonly kind: 'token'
      readonly token: Token
      /** Oldest first. */
      readonly tickets: readonly Ticket[]
    }

/** Reads the names in a directory, whatever else lies there. */
export function viewOf(names: readonly string[]): View {
  let token: Token | undefined
  const tickets: Ticket[] = []
  let stranger: string | undefined
  for (const name of names) {
    const entry = parseEntryName(name)
    if (entry === null) {
      if (!name.startsWith(KERNEL_FILE)) stranger ??= name
      continue
    }
    if (entry.kind === 'unknown-version') return entry
    if (entry.kind === 'ticket') tickets.push(entry)
    // Two tokens can only come from copying by hand. The higher one is the one that moved last.
    else if (token === undefined || entry.fence > token.fence) token = entry
  }
  if (token === undefined) {
    if (stranger !== undefined) return { kind: 'occupied', name: stranger }
    return names.length === 0 ? { kind: 'foreign' } : { kind: 'damaged', names }
  }
  if (tickets.length > 1) tickets.sort(byAge)
  return { kind: 'token', token, tickets }
}

/** Equal numbers were drawn at once; the name decides, the same everywhere. */
function byAge(a: Ticket, b: Ticket): number {
  if (a.number !== b.number) return a.number - b.number
  return a.name < b.name ? -1 : 1
}
