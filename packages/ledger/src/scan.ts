import { LINK_LENGTH } from './chain.ts'
import { timestampAt } from './timestamp.ts'

/** What a line is, as far as its beginning tells. */
export type Kind = 'decision' | 'outcome'

/** A line that was looked at. What is in `body` is yet to be parsed. */
export interface Scanned {
  readonly kind: Kind
  /** In ms since 1970; NaN if the line is undated. */
  readonly tMs: number
  /** The id, in UTF-8, between these places of `idBytes`. */
  readonly idBytes: Buffer
  readonly idStart: number
  readonly idEnd: number
  /** A JSON object of all fields but v, kind, id, t, n and h: between these places of `bytes`, without its braces. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Why a line is of no use. */
export interface Refused {
  readonly kind: 'malformed' | 'undated'
  readonly reason: string
}

/**
 * Looks at one line, from `start` to `end`, without parsing what comes after its id and date; most of the time of a reading goes into
 * parsing, and half of the lines may be out of its window. A line in another order is parsed whole.
 */
export function scanLine(bytes: Buffer, start: number, end: number): Scanned | Refused {
  return scanFront(bytes, start, end) ?? scanWhole(bytes.toString('utf8', start, end))
}

/** Of a line that begins with v, kind, id and t, those that it has, in any order. Null if it is not so. */
function scanFront(bytes: Buffer, start: number, end: number): Scanned | null {
  if (bytes[start] !== BRACE || bytes[end - 1] !== CLOSING_BRACE) return null
  let kind: Kind = 'decision'
  let idAt = -1
  let idEnd = -1
  let tMs = Number.NaN
  let hasTime = false
  let at = start + 1
  while (bytes[at] === QUOTE) {
    const field = fieldAt(bytes, at)
    if (field === OTHER) break
    const valueAt = after(bytes, at + LENGTHS[field]!)
    let valueEnd: number
    if (field === V) {
      if (bytes[valueAt] !== ONE) return null
      valueEnd = valueAt + 1
    } else {
      if (bytes[valueAt] !== QUOTE) return null
      valueEnd = endOfString(bytes, valueAt + 1, end)
      if (valueEnd < 0) return null
      if (field === ID) {
        idAt = valueAt + 1
        idEnd = valueEnd
      } else if (field === T) {
        hasTime = true
        tMs = timestampAt(bytes, valueAt + 1, valueEnd)
      } else {
        const found = kindAt(bytes, valueAt + 1, valueEnd)
        if (found === null) return null
        kind = found
      }
      valueEnd += 1
    }
    const next = bytes[valueEnd]
    if (next === COMMA) at = after(bytes, valueEnd)
    else if (next === CLOSING_BRACE && valueEnd === end - 1) at = end - 1
    else return null
  }
  if (idAt < 0 || idEnd === idAt || !hasTime) return null
  return {
    kind,
    tMs,
    idBytes: bytes,
    idStart: idAt,
    idEnd,
    bytes,
    start: at,
    end: endOfBody(bytes, at, end),
  }
}

/** Where the first byte after this one is that is no space. */
const after = (bytes: Uint8Array, at: number): number => (bytes[at + 1] === SPACE ? at + 2 : at + 1)

const V = 0
const KIND = 1
const ID = 2
const T = 3
const OTHER = 4
/** From the opening quote of a field's name to its colon. */
const LENGTHS = [3, 6, 4, 3]
const NAMES = ['"v":', '"kind":', '"id":', '"t":'].map((name) => Buffer.from(name))

function fieldAt(bytes: Uint8Array, at: number): number {
  switch (bytes[at + 1]) {
    case 0x76:
      return isAt(bytes, at, NAMES[V]!) ? V : OTHER
    case 0x6b:
      return isAt(bytes, at, NAMES[KIND]!) ? KIND : OTHER
    case 0x69:
      return isAt(bytes, at, NAMES[ID]!) ? ID : OTHER
    case 0x74:
      return isAt(bytes, at, NAMES[T]!) ? T : OTHER
    default:
      return OTHER
  }
}

function isAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i += 1) {
    if (bytes[at + i] !== expected[i]) return false
  }
  return true
}

/** Where a string ends that needs no unescaping; negative if it does, or has no end. */
function endOfString(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!
    if (byte === QUOTE) return at
    if (byte === BACKSLASH || byte < SPACE) return -1
  }
  return -1
}

const KINDS: readonly (readonly [Uint8Array, Kind])[] = [
  [Buffer.from('decision'), 'decision'],
  [Buffer.from('outcome'), 'outcome'],
  [Buffer.from('reward'), 'outcome'],
]

function kindAt(bytes: Uint8Array, start: number, end: number): Kind | null {
  for (const [name, kind] of KINDS) {
    if (name.length === end - start && isAt(bytes, start, name)) return kind
  }
  return null
}

/** The end of a line's fields, without its brace and its place in a chain: `,"n":<digits>,"h":"<32 digits>"`. */
function endOfBody(bytes: Uint8Array, start: number, end: number): number {
  const linkAt = end - LINK_LENGTH
  if (linkAt <= start || !isAt(bytes, linkAt, BEFORE_HASH)) return end - 1
  if (endOfString(bytes, linkAt + BEFORE_HASH.length, end) !== end - 2) return end - 1
  let at = linkAt
  while (isDigit(bytes[at - 1]!)) at -= 1
  const placeAt = at - BEFORE_NUMBER.length
  if (at === linkAt || placeAt < start - 1 || !isAt(bytes, placeAt, BEFORE_NUMBER)) return end - 1
  // Where there is no other field, its comma belongs to the front.
  return Math.max(start, placeAt)
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9
const BEFORE_HASH = Buffer.from(',"h":"')
const BEFORE_NUMBER = Buffer.from(',"n":')

function scanWhole(text: string): Scanned | Refused {
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
  const { v = 1, kind = 'decision', id, t, n, h, ...rest } = value as Record<string, unknown>
  if (v !== 1) return { kind: 'malformed', reason: 'it is of a version that is not known' }
  const known = KINDS.find(([name]) => name.toString() === kind)
  if (known === undefined) {
    return { kind: 'malformed', reason: 'it is of a kind that is not known' }
  }
  if (typeof id !== 'string' || id === '') return { kind: 'malformed', reason: 'it has no id' }
  const time = Buffer.from(typeof t === 'string' ? t : '', 'latin1')
  const tMs = timestampAt(time, 0, time.length)
  const hasPlace = Number.isInteger(n) && typeof h === 'string'
  const bytes = Buffer.from(JSON.stringify(hasPlace ? rest : { ...rest, n, h }))
  const idBytes = Buffer.from(id)
  return {
    kind: known[1],
    tMs,
    idBytes,
    idStart: 0,
    idEnd: idBytes.length,
    bytes,
    start: 1,
    end: bytes.length - 1,
  }
}

const BRACE = 123
const CLOSING_BRACE = 125
const QUOTE = 34
const COMMA = 44
const SPACE = 32
const BACKSLASH = 92
const ZERO = 48
const ONE = 49
