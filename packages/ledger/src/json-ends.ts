/**
 * Where a JSON value ends, found by its bytes alone and four at a time; on the way all of it is checked. What is said to end here is
 * JSON (RFC 8259), byte by byte; what is seldom written, such as spaces in front of a colon, is `NOT_SURE`: then `JSON.parse` has to
 * say. The bytes must be UTF-8, be followed by a line feed, which ends everything, and by three bytes more, which are read and not looked at.
 */
import type { Words } from './words.ts'

/** No JSON, or none that is known here. */
export const NOT_SURE = -1

/** How many arrays and objects may lie in each other. */
export const DEEPEST = 64

/** @returns where the first byte is that is no longer of the value at this place, or `NOT_SURE`. */
export function endOfValue(words: Words, at: number, depth: number = 0): number {
  const first = words.bytes[at]!
  if (first === QUOTE) return endOfString(words, at + 1)
  if (first === MINUS || isDigit(first)) return endOfNumber(words, at)
  if (first === BRACE) return depth < DEEPEST ? endOfObject(words, at + 1, depth + 1) : NOT_SURE
  if (first === BRACKET) return depth < DEEPEST ? endOfArray(words, at + 1, depth + 1) : NOT_SURE
  return endOfWord(words, at)
}

/** Of a string whose first quote is before this place: where the first byte after its last quote is. */
function endOfString(words: Words, start: number): number {
  let at = start
  for (;;) {
    at = endOfPlain(words, at)
    const byte = words.bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH) return NOT_SURE
    at = endOfEscape(words, at + 1)
    if (at < 0) return NOT_SURE
  }
}

/** Where the next quote, backslash or control character is. */
export function endOfPlain({ view }: Words, start: number): number {
  for (let at = start; ; at += 4) {
    const word = view.getInt32(at, true)
    const quote = word ^ 0x22222222
    const backslash = word ^ 0x5c5c5c5c
    // The lowest high bit that is left is of the first byte that became negative: a zero in the first two, less than a space in the last.
    const found =
      (((quote - 0x01010101) & ~quote) |
        ((backslash - 0x01010101) & ~backslash) |
        ((word - 0x20202020) & ~word)) &
      HIGH_BITS
    if (found !== 0) return at + lowestByte(found)
  }
}

function endOfEscape({ bytes }: Words, at: number): number {
  const byte = bytes[at]!
  if (byte !== LETTER_U) return SIMPLE_ESCAPES.has(byte) ? at + 1 : NOT_SURE
  for (let digit = at + 1; digit <= at + 4; digit += 1) {
    if (!isHexadecimal(bytes[digit]!)) return NOT_SURE
  }
  return at + 5
}

function endOfNumber(words: Words, start: number): number {
  const { bytes } = words
  const whole = bytes[start] === MINUS ? start + 1 : start
  let at = endOfDigits(words, whole)
  if (at === whole || (bytes[whole] === ZERO && at !== whole + 1)) return NOT_SURE
  if (bytes[at] === DOT) {
    const fraction = at + 1
    at = endOfDigits(words, fraction)
    if (at === fraction) return NOT_SURE
  }
  if (bytes[at] !== LETTER_E && bytes[at] !== CAPITAL_E) return at
  const sign = bytes[at + 1]
  const exponent = sign === PLUS || sign === MINUS ? at + 2 : at + 1
  at = endOfDigits(words, exponent)
  return at === exponent ? NOT_SURE : at
}

/** Where the next byte is that is no digit. */
export function endOfDigits({ view }: Words, start: number): number {
  for (let at = start; ; at += 4) {
    const word = view.getInt32(at, true) ^ 0x30303030
    // Of a digit 0 to 9 is left, and of any other byte more than that.
    const found = (((word & ~HIGH_BITS) + 0x76767676) | word) & HIGH_BITS
    if (found !== 0) return at + lowestByte(found)
  }
}

function endOfObject(words: Words, start: number, depth: number): number {
  const { bytes } = words
  if (bytes[start] === CLOSING_BRACE) return start + 1
  for (let at = start; ;) {
    if (bytes[at] !== QUOTE) return NOT_SURE
    at = endOfString(words, at + 1)
    if (at < 0 || bytes[at] !== COLON) return NOT_SURE
    at = endOfValue(words, afterSpace(bytes, at + 1), depth)
    if (at < 0) return NOT_SURE
    const byte = bytes[at]
    if (byte === CLOSING_BRACE) return at + 1
    if (byte !== COMMA) return NOT_SURE
    at = afterSpace(bytes, at + 1)
  }
}

function endOfArray(words: Words, start: number, depth: number): number {
  const { bytes } = words
  if (bytes[start] === CLOSING_BRACKET) return start + 1
  for (let at = start; ;) {
    at = endOfValue(words, at, depth)
    if (at < 0) return NOT_SURE
    const byte = bytes[at]
    if (byte === CLOSING_BRACKET) return at + 1
    if (byte !== COMMA) return NOT_SURE
    at = afterSpace(bytes, at + 1)
  }
}

/** `true`, `false` or `null`. */
function endOfWord({ bytes, view }: Words, at: number): number {
  const word = view.getInt32(at, true)
  if (word === NULL || word === TRUE) return at + 4
  return word === FALS && bytes[at + 4] === LETTER_E ? at + 5 : NOT_SURE
}

/** Other programs print a space after a comma and a colon. */
export const afterSpace = (bytes: Uint8Array, at: number): number =>
  bytes[at] === SPACE ? at + 1 : at

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9

function isHexadecimal(byte: number): boolean {
  const small = byte | 0x20
  return isDigit(byte) || (small >= 0x61 && small <= 0x66)
}

/** Which byte of a word, from 0, the lowest bit is in. */
const lowestByte = (word: number): number => (31 - Math.clz32(word & -word)) >> 3

const HIGH_BITS = 0x80808080 | 0
/** What the words begin with, little-endian. */
const NULL = 0x6c6c756e
const TRUE = 0x65757274
const FALS = 0x736c6166
const SPACE = 32
const QUOTE = 34
const PLUS = 43
const COMMA = 44
const MINUS = 45
const DOT = 46
const ZERO = 48
const COLON = 58
const CAPITAL_E = 69
const BRACKET = 91
const BACKSLASH = 92
const CLOSING_BRACKET = 93
const LETTER_E = 101
const LETTER_U = 117
const BRACE = 123
const CLOSING_BRACE = 125
const SIMPLE_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'))
