import { LINK_DIGITS } from './chain.ts'
import type { Choice, NameTable } from './choice.ts'
import type { Kind } from './scan.ts'
import { timestampMs } from './timestamp.ts'

/** Why a line is of no use. */
export interface Refused {
  readonly kind: 'malformed' | 'undated'
  readonly reason: string
}

/** A line that was parsed. */
export interface ParsedLine {
  readonly kind: Kind
  /** In ms since 1970; NaN if the line is undated. */
  readonly tMs: number
  readonly id: string
  /** A JSON object of the fields that are wanted, as they are written. */
  readonly json: string
}

/** Looks at a line, in whatever way it is written. */
export function parsedLine(text: string, choice: Choice): ParsedLine | Refused {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { kind: 'malformed', reason: 'it is no JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'malformed', reason: 'it is no JSON object' }
  }
  const { v = 1, kind = 'decision', id, t, n, h } = value as Readonly<Record<string, unknown>>
  if (v !== 1) return { kind: 'malformed', reason: 'it is of a version that is not known' }
  if (kind !== 'decision' && kind !== 'outcome' && kind !== 'reward') {
    return { kind: 'malformed', reason: 'it is of a kind that is not known' }
  }
  if (typeof id !== 'string' || id === '') return { kind: 'malformed', reason: 'it has no id' }
  const hasPlace =
    Number.isInteger(n) && typeof h === 'string' && Buffer.byteLength(h) === LINK_DIGITS
  const meant = kind === 'decision' ? kind : 'outcome'
  const members = membersOf(text)
    .filter(({ name }) => !FRONT.has(name) && !(hasPlace && PLACE.has(name)))
    .filter(({ name }) => isWanted(choice[meant].carried, name))
    .map(({ nameText, valueText }) => `${nameText}:${valueText}`)
  const tMs = typeof t === 'string' ? timestampMs(t) : Number.NaN
  return { kind: meant, tMs, id, json: `{${members.join(',')}}` }
}

const FRONT: ReadonlySet<string> = new Set(['v', 'kind', 'id', 't'])
const PLACE: ReadonlySet<string> = new Set(['n', 'h'])

const isWanted = (carried: NameTable | null, name: string): boolean =>
  carried === null || carried.names.includes(name)

interface Member {
  readonly name: string
  readonly nameText: string
  readonly valueText: string
}

/** The members of a JSON object, as they are written. They are printed nowhere: a number may be one that has no other form, such as -0 or 1e400. */
function membersOf(text: string): Member[] {
  const members: Member[] = []
  let depth = 0
  let nameText = ''
  let valueAt = -1
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]
    if (letter === '"') {
      const end = endOfQuoted(text, at)
      if (depth === 1 && valueAt < 0) nameText = text.slice(at, end + 1)
      at = end
    } else if (letter === ':' && depth === 1) {
      valueAt = at + 1
    } else if (letter === '{' || letter === '[') {
      depth += 1
    } else if (letter === '}' || letter === ']' || letter === ',') {
      if (letter !== ',') depth -= 1
      if (valueAt < 0 || depth > (letter === ',' ? 1 : 0)) continue
      const name = JSON.parse(nameText) as string
      members.push({ name, nameText, valueText: text.slice(valueAt, at) })
      valueAt = -1
    }
  }
  return members
}

/** Where the quote is that ends the string which begins here. */
function endOfQuoted(text: string, start: number): number {
  let at = start + 1
  for (; text[at] !== '"'; at += 1) {
    if (text[at] === '\\') at += 1
  }
  return at
}
