import type { Choice } from './choice.ts'
import { afterSpace, endOfPlain, endOfValue, NOT_SURE } from './json-ends.ts'
import {
  BEFORE_TIME,
  endOfPlace,
  frontFieldAt,
  ID,
  isOwn,
  kindAt,
  LONGEST_OWN,
  OTHER,
  T,
  USUAL_FRONTS,
  V,
} from './own-fields.ts'
import { Packer, type Dictionary } from './pack.ts'
import { HEAD_BYTES, mostRecordBytes } from './record.ts'
import { parsedLine, type Refused } from './scan-whole.ts'
import { Timestamps } from './timestamp.ts'
import { areEqual, copyTo, hashOf, newWords, wordsOf, type Words } from './words.ts'

/** What a line is. */
export type Kind = 'decision' | 'outcome'

/** A line that is JSON and ours, with its record, to which only the head is missing. */
export interface Scanned {
  readonly kind: Kind
  /** In ms since 1970; NaN if the line is undated. */
  readonly tMs: number
  readonly idHash: number
  readonly idStart: number
  readonly idEnd: number
  /** Gone with the next line. */
  readonly record: Words
  readonly end: number
}

/**
 * Looks at lines one after the other, each in one walk: checks that it is JSON, finds its id and its time, and packs the fields that are wanted.
 */
export class LineScanner implements Scanned {
  kind: Kind = 'decision'
  tMs: number = Number.NaN
  idHash: number = 0
  /** Of the id, in UTF-8, in the line. */
  idStart: number = 0
  idEnd: number = 0
  record: Words = newWords(0)
  end: number = 0
  readonly #choice: Choice
  readonly #packer: Packer = new Packer()
  readonly #timestamps: Timestamps = new Timestamps()

  constructor(choice: Choice) {
    this.#choice = choice
  }

  /** What the packed fields of all lines refer to. */
  get dictionary(): Dictionary {
    return this.#packer.dictionary
  }

  /** Makes room for lines of no more than so many bytes. */
  reserve(lineBytes: number): void {
    const needed = mostRecordBytes(lineBytes)
    if (this.record.bytes.length < needed) this.record = newWords(needed)
  }

  /**
   * Looks at the line that begins here. There must be room for its record: see `reserve`.
   * @returns where its line feed is, or `NOT_SURE` if it is none of ours or written in another way.
   */
  scan(words: Words, start: number): number {
    const { bytes } = words
    if (bytes[start] !== BRACE) return NOT_SURE
    const usual = this.#scanUsualFront(words, start)
    const front = usual < 0 ? this.#scanFront(words, start + 1) : usual
    if (front < 0) return NOT_SURE
    this.#begin(words)
    const end = this.#scanBody(words, front)
    if (end < 0 || bytes[end] !== CLOSING_BRACE) return NOT_SURE
    const feed = bytes[end + 1] === CARRIAGE_RETURN ? end + 2 : end + 1
    if (bytes[feed] !== LINE_FEED) return NOT_SURE
    this.end = this.#packer.end
    return feed
  }

  /** Looks at the line between these places, which ends with a line feed. @returns why it is of no use, or null. */
  look(words: Words, start: number, end: number): Refused | null {
    this.reserve(end - start)
    return this.scan(words, start) === end ? null : this.parse(words.bytes, start, end)
  }

  /** Looks at a line that `scan` was not sure of, up to its line feed. @returns why it is of no use, or null. */
  parse(bytes: Buffer, start: number, end: number): Refused | null {
    const line = parsedLine(bytes.toString('utf8', start, end), this.#choice)
    if ('reason' in line) return line
    const id = wordsOf(Buffer.from(line.id))
    this.kind = line.kind
    this.tMs = line.tMs
    this.idStart = 0
    this.idEnd = id.bytes.length
    this.#begin(id)
    this.#packer.take(line.json)
    this.end = this.#packer.end
    return null
  }

  #begin(words: Words): void {
    this.idHash = hashOf(words, this.idStart, this.idEnd)
    const bodyAt = copyTo(this.record, HEAD_BYTES, words, this.idStart, this.idEnd)
    this.#packer.begin(this.record, bodyAt)
  }

  /** The beginning of a line as a ledger writes it, and nobody else has to. @returns where what follows begins, or `NOT_SURE`. */
  #scanUsualFront(words: Words, start: number): number {
    const { bytes } = words
    for (let i = 0; i < USUAL_FRONTS.length; i += 1) {
      const { kind, written } = USUAL_FRONTS[i]!
      const { length } = written.bytes
      if (!areEqual(written, 0, words, start, length)) continue
      const idStart = start + length
      const idEnd = endOfPlain(words, idStart)
      const timeStart = idEnd + BEFORE_TIME.bytes.length
      if (idEnd === idStart || !areEqual(BEFORE_TIME, 0, words, idEnd, timeStart - idEnd))
        return NOT_SURE
      const timeEnd = endOfPlain(words, timeStart)
      if (bytes[timeEnd] !== QUOTE) return NOT_SURE
      this.kind = kind
      this.idStart = idStart
      this.idEnd = idEnd
      this.tMs = this.#timestamps.at(words, timeStart, timeEnd)
      if (bytes[timeEnd + 1] === CLOSING_BRACE) return timeEnd + 1
      return bytes[timeEnd + 1] === COMMA && bytes[timeEnd + 2] === QUOTE ? timeEnd + 2 : NOT_SURE
    }
    return NOT_SURE
  }

  /** v, kind, id and t, those that there are, in any order, before all others. @returns where what follows begins. */
  #scanFront(words: Words, start: number): number {
    const { bytes } = words
    this.kind = 'decision'
    let hasId = false
    let hasTime = false
    for (let at = start; bytes[at] === QUOTE;) {
      const nameEnd = endOfPlain(words, at + 1)
      const field = frontFieldAt(bytes, at + 1, nameEnd)
      if (field === OTHER) return hasId && hasTime ? at : NOT_SURE
      if (bytes[nameEnd] !== QUOTE || bytes[nameEnd + 1] !== COLON) return NOT_SURE
      const valueAt = afterSpace(bytes, nameEnd + 2)
      at = valueAt + 1
      if (field === V) {
        if (bytes[valueAt] !== ONE) return NOT_SURE
      } else {
        if (bytes[valueAt] !== QUOTE) return NOT_SURE
        const end = endOfPlain(words, at)
        if (bytes[end] !== QUOTE) return NOT_SURE
        if (field === ID) {
          if (end === at) return NOT_SURE
          this.idStart = at
          this.idEnd = end
          hasId = true
        } else if (field === T) {
          this.tMs = this.#timestamps.at(words, at, end)
          hasTime = true
        } else {
          const kind = kindAt(bytes, at, end)
          if (kind === null) return NOT_SURE
          this.kind = kind
        }
        at = end + 1
      }
      if (bytes[at] === CLOSING_BRACE) return hasId && hasTime ? at : NOT_SURE
      if (bytes[at] !== COMMA) return NOT_SURE
      at = afterSpace(bytes, at + 1)
    }
    return NOT_SURE
  }

  /** All other fields. @returns where the brace is that ends the line. */
  #scanBody(words: Words, start: number): number {
    const { bytes } = words
    const packer = this.#packer
    const { carried } = this.#choice[this.kind]
    let end = start
    for (let at = start; bytes[end] !== CLOSING_BRACE; at = afterSpace(bytes, end + 1)) {
      if (end !== start && bytes[end] !== COMMA) return NOT_SURE
      if (bytes[at] !== QUOTE) return NOT_SURE
      const nextAt = packer.nextName(words, at)
      if (nextAt >= 0) {
        end = packer.value(words, afterSpace(bytes, nextAt))
      } else {
        const nameEnd = endOfPlain(words, at + 1)
        if (bytes[nameEnd] !== QUOTE || bytes[nameEnd + 1] !== COLON) return NOT_SURE
        const valueAt = afterSpace(bytes, nameEnd + 2)
        if (nameEnd - at <= LONGEST_OWN && isOwn(bytes, at + 1, nameEnd)) {
          // Elsewhere than in front or at the end it may be anything.
          end = endOfPlace(words, at, valueAt)
          if (end < 0 || bytes[end] !== CLOSING_BRACE) return NOT_SURE
        } else if (carried !== null && !carried.has(bytes, at + 1, nameEnd)) {
          end = endOfValue(words, valueAt)
        } else if (packer.name(words, at, nameEnd + 1)) {
          end = packer.value(words, valueAt)
        } else {
          return NOT_SURE
        }
      }
      if (end < 0) return NOT_SURE
    }
    packer.finish()
    return end
  }
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const QUOTE = 34
const COMMA = 44
const ONE = 49
const COLON = 58
const BRACE = 123
const CLOSING_BRACE = 125
