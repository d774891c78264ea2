import type { Words } from './words.ts'

/** The powers of ten that are doubles exactly. */
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const MOST_DECIMALS = POWERS.length - 1
const HIGH_DIGITS = 15
const LOW_DIGITS = 7

/**
 * The number that is written in digits from `start` to `end`, with a dot at `wholeEnd` unless it ends there.
 * @returns the double that is nearest, as `Number` finds it; NaN where it takes more than this to tell.
 */
export function decimalAt(words: Words, start: number, wholeEnd: number, end: number): number {
  const wholeDigits = wholeEnd - start
  if (wholeDigits > HIGH_DIGITS) return Number.NaN
  const whole = wholeDigits === 1 ? words.bytes[start]! - ZERO : digitsAt(words, start, wholeEnd)
  if (wholeEnd === end) return whole
  const first = wholeEnd + 1
  const decimals = end - first
  if (decimals > MOST_DECIMALS) return Number.NaN
  const middle = Math.min(end, first + HIGH_DIGITS - wholeDigits)
  const high = whole * POWERS[middle - first]! + digitsAt(words, first, middle)
  if (middle === end) return high / POWERS[decimals]!
  if (end - middle > LOW_DIGITS) return Number.NaN
  return quotient(high, POWERS[end - middle]!, digitsAt(words, middle, end), POWERS[decimals]!)
}

/** The whole number that is written between these places, of at most 15 digits. */
function digitsAt({ bytes, view }: Words, start: number, end: number): number {
  let number = 0
  let at = start
  for (; at <= end - 4; at += 4) {
    const word = view.getInt32(at, true) ^ 0x30303030
    // Four digits become two numbers of two, and these one of four.
    const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff
    number = number * 10_000 + (pairs & 0xff) * 100 + (pairs >>> 16)
  }
  for (; at < end; at += 1) number = number * 10 + bytes[at]! - ZERO
  return number
}

/**
 * `(high · scale + low) ÷ power`, rounded once; NaN if it is too near to the middle of two doubles to tell which. All are whole and exact.
 *
 * Source: exact powers of ten after W. D. Clinger, "How to read floating point numbers accurately", 1990; twice the precision after
 * T. J. Dekker, "A floating-point technique for extending the available precision", 1971; and the test whether it may be rounded after
 * A. Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit", 1991.
 */
function quotient(high: number, scale: number, low: number, power: number): number {
  const product = high * scale
  const sum = product + low
  const sumRest = low - (sum - product) + restOfProduct(high, scale, product)
  const first = sum / power
  const back = first * power
  const rest = sum - back - restOfProduct(first, power, back) + sumRest
  const correction = rest / power
  const least = first + correction * (1 - MARGIN)
  return least === first + correction * (1 + MARGIN) ? least : Number.NaN
}

/** By how much the correction may be wrong, at the very most. */
const MARGIN = 2 ** -30

/** What is lost of `a * b` by its rounding to `product`. */
function restOfProduct(a: number, b: number, product: number): number {
  const aHigh = highHalf(a)
  const aLow = a - aHigh
  const bHigh = highHalf(b)
  const bLow = b - bHigh
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow
}

/** The upper 26 bits of a double. */
function highHalf(x: number): number {
  const shifted = x * (2 ** 27 + 1)
  return shifted - (shifted - x)
}

const ZERO = 48
