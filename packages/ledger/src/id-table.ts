import { areEqual, type Words } from './words.ts'

/** Ids by their bytes, numbered from 0 in the order in which they came. No text is made of them. */
export class IdTable {
  /** Of each place the number of its id, and 1 more; 0 if it is free. Twice as many as ids, so that most are alone. */
  #places: Int32Array
  #words: Words[] = []
  #starts: number[] = []
  #ends: number[] = []
  #hashes: number[] = []

  /** @param most ids that may come. */
  constructor(most: number) {
    this.#places = new Int32Array(2 ** (33 - Math.clz32(Math.max(1, most))))
  }

  get size(): number {
    return this.#hashes.length
  }

  /** The number of an id; -1 if it did not come. */
  find(words: Words, start: number, end: number, hash: number): number {
    return this.#places[this.#placeOf(words, start, end, hash)]! - 1
  }

  /** Takes an id that may have come. @returns whether it had not. */
  add(words: Words, start: number, end: number, hash: number): boolean {
    const place = this.#placeOf(words, start, end, hash)
    if (this.#places[place] !== 0) return false
    this.#words.push(words)
    this.#starts.push(start)
    this.#ends.push(end)
    this.#hashes.push(hash)
    this.#places[place] = this.size
    return true
  }

  /** Where the id is, or the free place where it would be. */
  #placeOf(words: Words, start: number, end: number, hash: number): number {
    const places = this.#places
    // The low bits have chosen the part that these ids are in.
    let place = (Math.imul(hash, 0x85ebca6b) >>> 12) & (places.length - 1)
    for (; ; place = (place + 1) & (places.length - 1)) {
      const number = places[place]! - 1
      if (number < 0) return place
      if (this.#hashes[number] !== hash) continue
      const length = end - start
      if (this.#ends[number]! - this.#starts[number]! !== length) continue
      if (areEqual(this.#words[number]!, this.#starts[number]!, words, start, length)) return place
    }
  }
}
