/** The fields that a ledger writes itself: v, kind, id and t in front, n and h at the end. */
import { LINK_LENGTH } from './chain.ts'
import { endOfDigits, endOfPlain, NOT_SURE } from './json-ends.ts'
import type { Kind } from './scan.ts'
import { wordsOf, type Words } from './words.ts'

/** The place in a chain, `"n":<digits>,"h":"<32 digits>"`, at the end of a line. @returns where the brace after it is. */
export function endOfPlace(words: Words, at: number, numberAt: number): number {
  const { bytes } = words
  if (bytes[at + 1] !== LETTER_N || bytes[numberAt] === ZERO) return NOT_SURE
  const hashAt = endOfDigits(words, numberAt)
  if (hashAt === numberAt || hashAt > numberAt + 15) return NOT_SURE
  for (let i = 0; i < BEFORE_HASH.length; i += 1) {
    if (bytes[hashAt + i] !== BEFORE_HASH[i]) return NOT_SURE
  }
  const end = endOfPlain(words, hashAt + BEFORE_HASH.length)
  return end === hashAt + LINK_LENGTH - 2 && bytes[end] === QUOTE ? end + 1 : NOT_SURE
}

/** Which of the fields in front it is. */
export const V = 0
const KIND = 1
export const ID = 2
export const T = 3
export const OTHER = 4

/** Which of the fields it is that lines begin with. */
export function frontFieldAt(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]
  switch (end - start) {
    case 1:
      return first === LETTER_V ? V : first === LETTER_T ? T : OTHER
    case 2:
      return first === LETTER_I && bytes[start + 1] === LETTER_D ? ID : OTHER
    case 4:
      return isAt(bytes, start, NAME_OF_KIND) ? KIND : OTHER
    default:
      return OTHER
  }
}

/** Whether a name is one of those that the ledger writes itself. */
export function isOwn(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 1) return frontFieldAt(bytes, start, end) !== OTHER
  const first = bytes[start]
  return first === LETTER_N || first === LETTER_H || first === LETTER_V || first === LETTER_T
}

/** From the quote before the longest of these names to the one behind it. */
export const LONGEST_OWN: number = 'kind'.length + 1

export function kindAt(bytes: Uint8Array, start: number, end: number): Kind | null {
  for (const [name, kind] of KINDS) {
    if (name.length === end - start && isAt(bytes, start, name)) return kind
  }
  return null
}

function isAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i += 1) {
    if (bytes[at + i] !== expected[i]) return false
  }
  return true
}

const KINDS: readonly (readonly [Uint8Array, Kind])[] = [
  [Buffer.from('decision'), 'decision'],
  [Buffer.from('outcome'), 'outcome'],
  [Buffer.from('reward'), 'outcome'],
]
/** How a ledger begins its lines. */
export const USUAL_FRONTS: readonly { readonly kind: Kind; readonly written: Words }[] = KINDS.map(
  ([name, kind]) => ({
    kind,
    written: wordsOf(Buffer.from(`{"v":1,"kind":"${name.toString()}","id":"`)),
  }),
)
export const BEFORE_TIME: Words = wordsOf(Buffer.from('","t":"'))
const NAME_OF_KIND = Buffer.from('kind')
const BEFORE_HASH = Buffer.from(',"h":"')

const QUOTE = 34
const ZERO = 48
const LETTER_D = 100
const LETTER_H = 104
const LETTER_I = 105
const LETTER_N = 110
const LETTER_T = 116
const LETTER_V = 118
