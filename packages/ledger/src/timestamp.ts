import type { Words } from './words.ts'

const DAY_MS = 86_400_000

/**
 * Reads a moment strictly: `YYYY-MM-DDTHH:MM:SS`, a fraction or none, and `Z` or an offset, which is applied. A time
 * without either could be anyone's, so it is none.
 *
 * Source: the profile `date-time` of RFC 3339, section 5.6, in capital letters and without leap seconds.
 * @returns ms since 1970, whole, what is finer cut off; NaN for anything else.
 */
export function timestampMs(text: string): number {
  const bytes = Buffer.from(text, 'latin1')
  return timestampAt(bytes, 0, bytes.length)
}

/** The same of the bytes from `start` to `end`. Ledgers are read by the million lines, so no string is made. */
function timestampAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 20 || !hasShape(bytes, start)) return Number.NaN
  const year = digits(bytes, start, 4)
  const month = digits(bytes, start + 5, 2)
  const day = digits(bytes, start + 8, 2)
  const hour = digits(bytes, start + 11, 2)
  const minute = digits(bytes, start + 14, 2)
  const second = digits(bytes, start + 17, 2)
  // A comparison with NaN is false, so what is no number is refused here too.
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
  if (!isDate || !(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN
  const fraction = fractionAt(bytes, start + 19, end)
  const offsetMs = offsetAt(bytes, fraction.end, end)
  const seconds = (hour * 60 + minute) * 60 + second
  return daysSince1970(year, month, day) * DAY_MS + seconds * 1000 + fraction.ms - offsetMs
}

/** Reads timestamps of one form, `YYYY-MM-DDTHH:MM:SS.mmmZ`, and remembers the day: the next is mostly of the same. All others as `timestampAt`. */
export class Timestamps {
  #year = 0
  #month = 0
  #day = 0
  #dayMs: number = Number.NaN

  at({ bytes, view }: Words, start: number, end: number): number {
    const isUsual = end - start === 24 && hasShape(bytes, start) && bytes[start + 19] === DOT
    if (!isUsual || bytes[start + 23] !== LETTER_Z) return timestampAt(bytes, start, end)
    const year = view.getInt32(start, true)
    const month = view.getInt16(start + 5, true)
    const day = view.getInt16(start + 8, true)
    if (day !== this.#day || month !== this.#month || year !== this.#year) {
      const atMs = timestampAt(bytes, start, end)
      if (Number.isNaN(atMs)) return atMs
      this.#year = year
      this.#month = month
      this.#day = day
      this.#dayMs = Math.floor(atMs / DAY_MS) * DAY_MS
    }
    const hour = pairAt(bytes, start + 11)
    const minute = pairAt(bytes, start + 14)
    const second = pairAt(bytes, start + 17)
    const ms = pairAt(bytes, start + 20) * 10 + bytes[start + 22]! - ZERO
    if (hour > 23 || minute > 59 || second > 59 || ms > 999 || !isDigit(bytes[start + 22]!))
      return Number.NaN
    return this.#dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms
  }
}

/** Two digits, or more than they can be. */
function pairAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  const second = bytes[at + 1]!
  return isDigit(first) && isDigit(second) ? first * 10 + second - 11 * ZERO : 100
}

/** The UTC day of a moment, `YYYY-MM-DD`. */
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)

/** The first moment after a UTC day, in ms since 1970. */
export const endOfDay = (day: string): number => timestampMs(`${day}T00:00:00Z`) + DAY_MS

function hasShape(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start + 4] === DASH &&
    bytes[start + 7] === DASH &&
    bytes[start + 10] === LETTER_T &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON
  )
}

function fractionAt(bytes: Uint8Array, start: number, end: number): { ms: number; end: number } {
  if (bytes[start] !== DOT) return { ms: 0, end: start }
  let ms = 0
  let at = start + 1
  for (let unit = 100; at < end && isDigit(bytes[at]!); at += 1, unit /= 10) {
    if (unit >= 1) ms += (bytes[at]! - ZERO) * unit
  }
  return { ms: at === start + 1 ? Number.NaN : ms, end: at }
}

/** In ms; NaN if what is there is neither `Z` nor `+HH:MM` or `-HH:MM`, up to the very end. */
function offsetAt(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start]
  if (sign === LETTER_Z) return end === start + 1 ? 0 : Number.NaN
  if (end !== start + 6 || (sign !== PLUS && sign !== DASH) || bytes[start + 3] !== COLON) {
    return Number.NaN
  }
  const hours = digits(bytes, start + 1, 2)
  const minutes = digits(bytes, start + 4, 2)
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN
  return (hours * 60 + minutes) * 60_000 * (sign === PLUS ? 1 : -1)
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at += 1) {
    if (!isDigit(bytes[at]!)) return Number.NaN
    value = value * 10 + bytes[at]! - ZERO
  }
  return value
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const daysIn = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : DAYS[month - 1]!

/** Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

const ZERO = 48
const DASH = 45
const COLON = 58
const DOT = 46
const PLUS = 43
const LETTER_T = 84
const LETTER_Z = 90
