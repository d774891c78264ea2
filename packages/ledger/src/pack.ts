import { MOST_SHAPES, NONE, Shapes, Texts } from './dictionary.ts'
import { decimalAt } from './decimals.ts'
import { afterSpace, DEEPEST, endOfDigits, endOfPlain, endOfValue, NOT_SURE } from './json-ends.ts'
import { textOf } from './texts.ts'
import { copyTo, NOTHING, wordsOf, type Words } from './words.ts'

/**
 * What a packed value begins with. Lengths and numbers that follow are little-endian.
 *
 * - `NUMBER`: an f64. `SMALL`: an i8.
 * - `KNOWN_TEXT`: the u16 of a text in the dictionary. `TEXT`: a u32, and so many bytes of UTF-8.
 * - `OBJECT`: the u16 of a shape, and a value for each of its names. `ARRAY`: a u32, and so many values.
 * - `JSON_TEXT`: a u32, and so many bytes of JSON in whatever way it is written.
 */
export const NULL = 0
export const TRUE = 1
const FALSE = 2
export const NUMBER = 3
export const SMALL = 4
export const KNOWN_TEXT = 5
export const TEXT = 6
export const OBJECT = 7
export const ARRAY = 8
export const JSON_TEXT = 9

/** A value takes at most so many times the bytes of its JSON, the comma behind it included: `[],` and `1.5,` the most. */
export const MOST_GROWTH = 3

/** What packed values refer to. */
export interface Dictionary {
  readonly texts: readonly string[]
  readonly shapes: readonly (readonly string[])[]
}

/**
 * Makes packed values of JSON, one object at a time, field by field. On the way all of it is checked, as `endOfValue` does. A value takes a third of its JSON
 * and of the time to read it again.
 */
export class Packer {
  readonly #texts: Texts = new Texts()
  readonly #shapes: Shapes = new Shapes()
  readonly dictionary: Dictionary = { texts: this.#texts.all, shapes: this.#shapes.all }
  /**
   * The shape that last came of each by one name more, and the first one of objects in each: what was written once is mostly written again.
   * 0 where none is known.
   */
  readonly #next: Uint16Array = new Uint16Array(MOST_SHAPES)
  readonly #first: Uint16Array = new Uint16Array(MOST_SHAPES)
  #target: Words = NOTHING
  #start = 0
  #shape = 0
  /** Where what was packed ends. */
  end: number = 0

  /** Begins an object at this place. There must be room for it. */
  begin(target: Words, at: number): void {
    this.#target = target
    this.#start = at
    this.#shape = 0
    this.end = at + 3
  }

  /** Adds the name that came after the last one before, if that is what is written here. @returns where the first byte after its colon is, or `NOT_SURE`. */
  nextName(words: Words, at: number): number {
    const next = this.#next[this.#shape]!
    if (next === 0 || !this.#shapes.isAt(next, words, at)) return NOT_SURE
    this.#shape = next
    return at + this.#shapes.lengthOf(next)
  }

  /** Adds a name, which is written from its quote to its colon, at these places. @returns whether there is room for it. */
  name(words: Words, start: number, colon: number): boolean {
    const shape = this.#shapes.after(this.#shape, words, start, colon)
    if (shape === NONE) return false
    this.#next[this.#shape] = shape
    this.#shape = shape
    return true
  }

  /** Adds the value of the last name. @returns where it ends, or `NOT_SURE`. */
  value(words: Words, at: number): number {
    return this.#value(words, at, 1, this.#shape)
  }

  /** Ends the object. */
  finish(): void {
    const { bytes, view } = this.#target
    bytes[this.#start] = OBJECT
    view.setUint16(this.#start + 1, this.#shape, true)
  }

  /** Takes a whole object as it is written, in place of one that was begun. */
  take(json: string): void {
    const words = wordsOf(Buffer.from(json))
    this.end = this.#start
    this.#copy(JSON_TEXT, words, 0, words.bytes.length)
  }

  #value(words: Words, at: number, depth: number, within: number): number {
    const first = words.bytes[at]!
    if (first === QUOTE) return this.#text(words, at)
    if (first === MINUS || (first >= ZERO && first <= NINE)) return this.#number(words, at)
    if (first === BRACE) return this.#object(words, at, depth, within)
    if (first === BRACKET) return this.#array(words, at, depth, within)
    const end = endOfValue(words, at)
    if (end < 0) return NOT_SURE
    this.#target.bytes[this.end] = first === LETTER_N ? NULL : first === LETTER_T ? TRUE : FALSE
    this.end += 1
    return end
  }

  #text(words: Words, at: number): number {
    const end = endOfPlain(words, at + 1)
    // It has an escape, or no end.
    if (words.bytes[end] !== QUOTE) return this.#json(words, at)
    const number = this.#texts.numberOf(words, at + 1, end)
    if (number === NONE) {
      this.#copy(TEXT, words, at + 1, end)
    } else {
      this.#target.bytes[this.end] = KNOWN_TEXT
      this.#target.view.setUint16(this.end + 1, number, true)
      this.end += 3
    }
    return end + 1
  }

  /** @param within the shape whose last name this is a value of. */
  #object(words: Words, start: number, depth: number, within: number): number {
    const { bytes } = words
    const shapes = this.#shapes
    if (depth === DEEPEST) return this.#json(words, start)
    const place = this.end
    this.end += 3
    let shape = 0
    let at = start + 1
    while (bytes[at] !== CLOSING_BRACE) {
      const expected = shape === 0 ? this.#first[within]! : this.#next[shape]!
      if (expected !== 0 && shapes.isAt(expected, words, at)) {
        shape = expected
        at += shapes.lengthOf(expected)
      } else {
        const nameEnd = bytes[at] === QUOTE ? endOfPlain(words, at + 1) : at
        const isName = bytes[nameEnd] === QUOTE && bytes[nameEnd + 1] === COLON
        const after = isName ? shapes.after(shape, words, at, nameEnd + 1) : NONE
        if (after === NONE) {
          this.end = place
          return this.#json(words, start)
        }
        if (shape === 0) this.#first[within] = after
        else this.#next[shape] = after
        shape = after
        at = nameEnd + 2
      }
      at = this.#value(words, afterSpace(bytes, at), depth + 1, shape)
      if (at < 0) return NOT_SURE
      if (bytes[at] === COMMA) {
        at = afterSpace(bytes, at + 1)
        if (bytes[at] !== QUOTE) return NOT_SURE
      } else if (bytes[at] !== CLOSING_BRACE) return NOT_SURE
    }
    this.#target.bytes[place] = OBJECT
    this.#target.view.setUint16(place + 1, shape, true)
    return at + 1
  }

  #array(words: Words, start: number, depth: number, within: number): number {
    const { bytes } = words
    if (depth === DEEPEST) return this.#json(words, start)
    const place = this.end
    this.end += 5
    let count = 0
    let at = start + 1
    if (bytes[at] !== CLOSING_BRACKET) {
      for (;;) {
        at = this.#value(words, at, depth + 1, within)
        if (at < 0) return NOT_SURE
        count += 1
        if (bytes[at] === CLOSING_BRACKET) break
        if (bytes[at] !== COMMA) return NOT_SURE
        at = afterSpace(bytes, at + 1)
      }
    }
    this.#target.bytes[place] = ARRAY
    this.#target.view.setUint32(place + 1, count, true)
    return at + 1
  }

  #number(words: Words, start: number): number {
    const { bytes } = words
    if (isEnd(bytes[start + 1]!) && bytes[start] !== MINUS) {
      this.#add(bytes[start]! - ZERO)
      return start + 1
    }
    const isNegative = bytes[start] === MINUS
    const whole = isNegative ? start + 1 : start
    const wholeEnd = endOfDigits(words, whole)
    if (wholeEnd === whole || (bytes[whole] === ZERO && wholeEnd !== whole + 1)) return NOT_SURE
    const hasDot = bytes[wholeEnd] === DOT
    const end = hasDot ? endOfDigits(words, wholeEnd + 1) : wholeEnd
    if (hasDot && end === wholeEnd + 1) return NOT_SURE
    const size = isEnd(bytes[end]!) ? decimalAt(words, whole, wholeEnd, end) : Number.NaN
    if (Number.isNaN(size)) return this.#rareNumber(words, start)
    this.#add(isNegative ? -size : size)
    return end
  }

  /** A number with an exponent, or with more digits than are quickly read. */
  #rareNumber(words: Words, start: number): number {
    const end = endOfValue(words, start)
    if (end < 0) return NOT_SURE
    this.#add(Number(textOf(words, start, end, true)))
    return end
  }

  #add(number: number): void {
    const { bytes, view } = this.#target
    const small = (number << 24) >> 24
    if (small === number && (small !== 0 || 1 / number > 0)) {
      bytes[this.end] = SMALL
      bytes[this.end + 1] = small
      this.end += 2
    } else {
      bytes[this.end] = NUMBER
      view.setFloat64(this.end + 1, number, true)
      this.end += 9
    }
  }

  /** A value that is left as it is. */
  #json(words: Words, at: number): number {
    const end = endOfValue(words, at)
    if (end < 0) return NOT_SURE
    this.#copy(JSON_TEXT, words, at, end)
    return end
  }

  #copy(tag: number, words: Words, start: number, end: number): void {
    const { bytes, view } = this.#target
    bytes[this.end] = tag
    view.setUint32(this.end + 1, end - start, true)
    this.end = copyTo(this.#target, this.end + 5, words, start, end)
  }
}

/** What may come after a value. */
const isEnd = (byte: number): boolean =>
  byte === COMMA || byte === CLOSING_BRACE || byte === CLOSING_BRACKET

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const DOT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const BRACKET = 91
const CLOSING_BRACKET = 93
const LETTER_N = 110
const LETTER_T = 116
const BRACE = 123
const CLOSING_BRACE = 125
