import { textOf } from './texts.ts'
import { areEqual, hashOf, newWords, type Words } from './words.ts'

/** No number of a dictionary: it is full, or what is asked for does not belong in it. */
export const NONE = -1

const MOST_TEXTS = 4096
const LONGEST_TEXT = 32

/** Short texts by number, in the order in which they came, up to some thousand of them. What comes again is found by its bytes. */
export class Texts {
  readonly all: string[] = []
  readonly #kept: Words = newWords(MOST_TEXTS * LONGEST_TEXT)
  readonly #lengths: Uint8Array = new Uint8Array(MOST_TEXTS)
  /** Numbers by hash, and 1 more; 0 is a free place. */
  readonly #places: Uint16Array = new Uint16Array(2 * MOST_TEXTS)

  /** The number of the text between these places, of UTF-8 without escapes. */
  numberOf(words: Words, start: number, end: number): number {
    const length = end - start
    if (length > LONGEST_TEXT) return NONE
    const places = this.#places
    const hash = hashOf(words, start, end)
    let place = (hash ^ (hash >>> 13)) & (places.length - 1)
    for (; places[place] !== 0; place = (place + 1) & (places.length - 1)) {
      const number = places[place]! - 1
      if (this.#lengths[number] !== length) continue
      if (areEqual(this.#kept, number * LONGEST_TEXT, words, start, length)) return number
    }
    const number = this.all.length
    if (number === MOST_TEXTS) return NONE
    words.bytes.copy(this.#kept.bytes, number * LONGEST_TEXT, start, end)
    this.#lengths[number] = length
    places[place] = number + 1
    this.all.push(textOf(words, start, end, false))
    return number
  }
}

export const MOST_SHAPES = 4096
const MOST_NAMES = 100
const MOST_WORDS = 16
const LONGEST_WRITTEN = 4 * MOST_WORDS

/** The names of an object, in their order. Number 0 has none; every other has one more than the shape it came of. */
export class Shapes {
  readonly all: (readonly string[])[] = [[]]
  readonly #from: Uint16Array = new Uint16Array(MOST_SHAPES)
  /** The last name of each as it is written, `"name":`, in words; how long that is; and which bytes of its last word are of it. */
  readonly #written: Int32Array = new Int32Array(MOST_SHAPES * MOST_WORDS)
  readonly #lengths: Uint8Array = new Uint8Array(MOST_SHAPES)
  readonly #masks: Int32Array = new Int32Array(MOST_SHAPES)
  /** Numbers by hash; 0 is a free place. */
  readonly #places: Uint16Array = new Uint16Array(2 * MOST_SHAPES)

  /** Whether the last name of a shape is written at this place, quotes and colon included. */
  isAt(shape: number, { view }: Words, at: number): boolean {
    const written = this.#written
    const last = (this.#lengths[shape]! - 1) >> 2
    const first = shape * MOST_WORDS
    for (let i = 0; i < last; i += 1) {
      if (view.getInt32(at + 4 * i, true) !== written[first + i]) return false
    }
    return (view.getInt32(at + 4 * last, true) & this.#masks[shape]!) === written[first + last]
  }

  /** How long its last name is, quotes and colon included. */
  lengthOf(shape: number): number {
    return this.#lengths[shape]!
  }

  /** The shape that comes of another by one name more, which is written from the first of these places, its quote, to its colon, at the second. */
  after(shape: number, words: Words, start: number, colon: number): number {
    const length = colon + 1 - start
    if (length > LONGEST_WRITTEN) return NONE
    const places = this.#places
    const hash = hashOf(words, start, colon) ^ Math.imul(shape, 0x85ebca6b)
    let place = (hash ^ (hash >>> 13)) & (places.length - 1)
    for (; places[place] !== 0; place = (place + 1) & (places.length - 1)) {
      const known = places[place]!
      if (this.#from[known] !== shape || this.#lengths[known] !== length) continue
      if (this.isAt(known, words, start)) return known
    }
    const added = this.all.length
    const names = this.all[shape]!
    if (added === MOST_SHAPES || names.length === MOST_NAMES) return NONE
    this.#lengths[added] = length
    const lastMask = length % 4 === 0 ? -1 : 2 ** (8 * (length % 4)) - 1
    this.#masks[added] = lastMask
    for (let i = 0; i < length; i += 4) {
      const mask = i + 4 < length ? -1 : lastMask
      this.#written[added * MOST_WORDS + i / 4] = words.view.getInt32(start + i, true) & mask
    }
    this.#from[added] = shape
    places[place] = added
    const name = textOf(words, start + 1, colon - 1, false)
    // As the engine keeps the names of fields, so that it finds them at once.
    this.all.push([...names, Object.keys({ [name]: 0 })[0]!])
    return added
  }
}
