import { KEY_BYTES, timeOf } from './decision-id.ts'

const WORDS = KEY_BYTES / 4
const SMALLEST_TABLE = 1024
const MARKS = 2

/**
 * The ids that were counted, with a byte of flags and two marks of 32 bits about each: 33 to 66 bytes for one, table and room to
 * grow included, and no string is made of any.
 *
 * Ids lie one after the other in the order they came; a table of twice their number finds them (open addressing,
 * linear probing).
 */
export class IdSet {
  #size = 0
  #keys = new Uint32Array((SMALLEST_TABLE / 2) * WORDS)
  #flags = new Uint8Array(SMALLEST_TABLE / 2)
  #marks = new Uint32Array((SMALLEST_TABLE / 2) * MARKS)
  /** Place of an id plus 1; 0 is free. */
  #table = new Int32Array(SMALLEST_TABLE)
  readonly #sought = new Uint32Array(WORDS)
  readonly #soughtBytes = new Uint8Array(this.#sought.buffer)

  get size(): number {
    return this.#size
  }

  /** The place of an id, from 0; −1 if it is not there. */
  find(bytes: Uint8Array, offset = 0): number {
    return this.#table[this.#slotOf(bytes, offset)]! - 1
  }

  /** Adds an id that is not there. @returns its place. */
  add(bytes: Uint8Array, offset: number, flags: number): number {
    if (this.#size === this.#flags.length) this.#makeRoom(this.#size * 2)
    const place = this.#size
    const slot = this.#slotOf(bytes, offset)
    this.#keys.set(this.#sought, place * WORDS)
    this.#flags[place] = flags
    this.#marks.fill(0, place * MARKS, (place + 1) * MARKS)
    this.#table[slot] = place + 1
    this.#size += 1
    return place
  }

  flagsAt(place: number): number {
    return this.#flags[place]!
  }

  setFlags(place: number, flags: number): void {
    this.#flags[place] = flags
  }

  /** @param which 0 or 1. */
  markAt(place: number, which: number): number {
    return this.#marks[place * MARKS + which]!
  }

  setMark(place: number, which: number, mark: number): void {
    this.#marks[place * MARKS + which] = mark
  }

  /** Forgets every id whose time lies before `atMs`. */
  dropBefore(atMs: number): void {
    const bytes = this.#keyBytes()
    const isKept = (place: number): boolean => timeOf(bytes, place * KEY_BYTES) >= atMs
    let kept = 0
    for (let place = 0; place < this.#size; place += 1) {
      const from = place
      while (place < this.#size && isKept(place)) place += 1
      this.#move(from, place, kept)
      kept += place - from
    }
    if (kept === this.#size) return
    this.#size = kept
    this.#makeRoom(roomFor(kept))
  }

  /** The time of the id that only `count` others are newer than; −∞ when there are not that many. */
  timeOfNewest(count: number): number {
    if (this.#size <= count) return -Infinity
    const bytes = this.#keyBytes()
    const times = new Float64Array(this.#size)
    for (let place = 0; place < this.#size; place += 1) {
      times[place] = timeOf(bytes, place * KEY_BYTES)
    }
    return times.toSorted()[this.#size - 1 - count]!
  }

  /** The ids one after the other, 16 bytes each, and a byte of flags for each. Views, not copies. */
  contents(): { readonly keys: Uint8Array; readonly flags: Uint8Array } {
    return {
      keys: this.#keyBytes().subarray(0, this.#size * KEY_BYTES),
      flags: this.#flags.subarray(0, this.#size),
    }
  }

  /** A set of what `contents` gave; the marks are 0. */
  static of(keys: Uint8Array, flags: Uint8Array): IdSet {
    const set = new IdSet()
    const size = flags.length
    set.#allocate(roomFor(size))
    set.#keyBytes().set(keys)
    set.#flags.set(flags)
    set.#size = size
    set.#index()
    return set
  }

  /** Brings ids from these places, `end` not included, to the places from `to` on. */
  #move(from: number, end: number, to: number): void {
    if (from === to || from === end) return
    this.#keys.copyWithin(to * WORDS, from * WORDS, end * WORDS)
    this.#flags.copyWithin(to, from, end)
    this.#marks.copyWithin(to * MARKS, from * MARKS, end * MARKS)
  }

  #keyBytes(): Uint8Array {
    return new Uint8Array(this.#keys.buffer)
  }

  #slotOf(bytes: Uint8Array, offset: number): number {
    const sought = this.#soughtBytes
    for (let i = 0; i < KEY_BYTES; i += 1) sought[i] = bytes[offset + i]!
    const first = this.#sought[0]!
    const second = this.#sought[1]!
    const third = this.#sought[2]!
    const fourth = this.#sought[3]!
    const keys = this.#keys
    const mask = this.#table.length - 1
    let slot = hashOf(first, second, third, fourth) & mask
    for (;;) {
      const at = (this.#table[slot]! - 1) * WORDS
      if (at < 0) return slot
      if (
        keys[at] === first &&
        keys[at + 1] === second &&
        keys[at + 2] === third &&
        keys[at + 3] === fourth
      ) {
        return slot
      }
      slot = (slot + 1) & mask
    }
  }

  #makeRoom(capacity: number): void {
    const keys = this.#keys.subarray(0, this.#size * WORDS)
    const flags = this.#flags.subarray(0, this.#size)
    const marks = this.#marks.subarray(0, this.#size * MARKS)
    this.#allocate(capacity)
    this.#keys.set(keys)
    this.#flags.set(flags)
    this.#marks.set(marks)
    this.#index()
  }

  #allocate(capacity: number): void {
    this.#keys = new Uint32Array(capacity * WORDS)
    this.#flags = new Uint8Array(capacity)
    this.#marks = new Uint32Array(capacity * MARKS)
  }

  /** Makes the table anew. No two ids are equal, so none is compared. */
  #index(): void {
    const table = new Int32Array(this.#flags.length * 2)
    const mask = table.length - 1
    const keys = this.#keys
    for (let place = 0, at = 0; place < this.#size; place += 1, at += WORDS) {
      let slot = hashOf(keys[at]!, keys[at + 1]!, keys[at + 2]!, keys[at + 3]!) & mask
      while (table[slot] !== 0) slot = (slot + 1) & mask
      table[slot] = place + 1
    }
    this.#table = table
  }
}

/** A power of two, for the table's length is twice that. */
const roomFor = (size: number): number =>
  Math.max(SMALLEST_TABLE / 2, 2 ** Math.ceil(Math.log2(size + 1)))

/** MurmurHash3's mixing of words and its finaliser (Appleby, public domain), over 16 bytes. */
function hashOf(first: number, second: number, third: number, fourth: number): number {
  let hash = mixed(mixed(mixed(mixed(0x9747b28c, first), second), third), fourth)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function mixed(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51)
  const turned = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593)
  const next = hash ^ turned
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0
}
