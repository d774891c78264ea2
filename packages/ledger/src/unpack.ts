import {
  ARRAY,
  JSON_TEXT,
  KNOWN_TEXT,
  NULL,
  NUMBER,
  OBJECT,
  SMALL,
  TEXT,
  TRUE,
  type Dictionary,
} from './pack.ts'
import type { Fields } from './row.ts'
import { textOf } from './texts.ts'
import { NOTHING, type Words } from './words.ts'

/** Makes values of what a `Packer` packed: the same as `JSON.parse` would have made. */
export class Unpacker {
  readonly #dictionary: Dictionary
  #words: Words = NOTHING
  #isAscii = true
  /** Where the next value begins. */
  #at = 0
  /** Fields of the last object that were put aside. */
  aside: Fields = NONE

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary
  }

  /**
   * The object that is packed at this place.
   * @param isAscii whether all texts in it are.
   * @param notIn   names of fields that are put aside.
   */
  objectAt(words: Words, at: number, isAscii: boolean, notIn: readonly string[]): Fields {
    this.#words = words
    this.#isAscii = isAscii
    this.#at = at
    this.aside = NONE
    if (notIn.length === 0) return this.#value() as Fields
    const rest: Record<string, unknown> = {}
    const aside: Record<string, unknown> = {}
    this.aside = aside
    if (words.bytes[at] === OBJECT) {
      this.#at = at + 3
      for (const name of this.#dictionary.shapes[words.view.getUint16(at + 1, true)]!) {
        set(notIn.includes(name) ? aside : rest, name, this.#value())
      }
    } else {
      for (const [name, value] of Object.entries(this.#value() as Fields)) {
        set(notIn.includes(name) ? aside : rest, name, value)
      }
    }
    return rest
  }

  #value(): unknown {
    const { bytes, view } = this.#words
    const at = this.#at
    switch (bytes[at]) {
      case NUMBER:
        this.#at = at + 9
        return view.getFloat64(at + 1, true)
      case SMALL:
        this.#at = at + 2
        return view.getInt8(at + 1)
      case KNOWN_TEXT:
        this.#at = at + 3
        return this.#dictionary.texts[view.getUint16(at + 1, true)]
      case OBJECT:
        this.#at = at + 3
        return this.#object(this.#dictionary.shapes[view.getUint16(at + 1, true)]!)
      case ARRAY:
        this.#at = at + 5
        return this.#array(view.getUint32(at + 1, true))
      case TEXT:
        return this.#text()
      case JSON_TEXT:
        return JSON.parse(this.#text()) as unknown
      case NULL:
        this.#at = at + 1
        return null
      default:
        this.#at = at + 1
        return bytes[at] === TRUE
    }
  }

  #object(names: readonly string[]): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i]!
      set(object, name, this.#value())
    }
    return object
  }

  #array(length: number): unknown[] {
    const array: unknown[] = []
    for (let i = 0; i < length; i += 1) array.push(this.#value())
    return array
  }

  #text(): string {
    const start = this.#at + 5
    this.#at = start + this.#words.view.getUint32(this.#at + 1, true)
    return textOf(this.#words, start, this.#at, this.#isAscii)
  }
}

function set(object: Record<string, unknown>, name: string, value: unknown): void {
  // Set in the usual way it would become what the object inherits from.
  if (name === '__proto__') Object.defineProperty(object, name, { ...OWN, value })
  else object[name] = value
}

const NONE: Fields = Object.freeze({})
const OWN = { configurable: true, enumerable: true, writable: true }
