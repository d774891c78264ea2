import { createHash, randomBytes } from 'node:crypto'

/** Chance, as a package is given it. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
  next(): number
  /**
   * A whole number, uniform in [0, `bound`).
   * @throws {RangeError} if `bound` is not an integer from 1 to 2⁵³ − 1.
   */
  integer(bound: number): number
  /** `count` lower-case hexadecimal digits, four bits of chance each. */
  hex(count: number): string
  /**
   * A stream of its own, named by `name`. For a seeded source it depends on the seed and the names
   * only, never on how much was drawn before, so adding a draw in one place moves no other place.
   */
  split(name: string): Random
}

/** Chance from the machine, fit for ids and file names. Splitting it gives itself. */
export const systemRandom: Random = {
  ...drawsFrom(systemWords()),
  split: () => systemRandom,
}

/**
 * Chance that repeats: equal seeds give equal streams on every machine. For simulation, tie-breaking
 * and tests; not for secrets.
 *
 * Source: sfc32 of Chris Doty-Humphrey's PractRand 0.94, keyed with the first 128 bits of SHA-256 of
 * the seed and the names it was split by.
 */
export function seededRandom(seed: number | string): Random {
  return keyedRandom(`${typeof seed}:${seed}`)
}

function keyedRandom(key: string): Random {
  const digest = createHash('sha256').update(key).digest()
  return {
    ...drawsFrom(sfc32(digest)),
    // JSON marks where a name ends, so ('a', 'b') and ('ab') stay two streams.
    split: (name) => keyedRandom(`${key}/${JSON.stringify(name)}`),
  }
}

/** Turns a source of uniform 32-bit words into draws. */
function drawsFrom(word: () => number): Omit<Random, 'split'> {
  const next = (): number => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53
  return {
    next,
    integer(bound) {
      if (!(Number.isSafeInteger(bound) && bound >= 1)) {
        throw new RangeError(`bound must be an integer from 1 to 2^53 - 1, got ${bound}`)
      }
      return Math.floor(next() * bound)
    },
    hex(count) {
      let digits = ''
      while (digits.length < count) digits += (word() >>> 0).toString(16).padStart(8, '0')
      return digits.slice(0, count)
    },
  }
}

function sfc32(key: Buffer): () => number {
  let a = key.readInt32LE(0)
  let b = key.readInt32LE(4)
  let c = key.readInt32LE(8)
  let counter = key.readInt32LE(12)
  return () => {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result
  }
}

/** Words of the system's generator, fetched 256 at a time: one call each would cost a microsecond. */
function systemWords(): () => number {
  let words = new Int32Array(0)
  let used = 0
  return () => {
    if (used === words.length) {
      const bytes = randomBytes(1024)
      words = new Int32Array(bytes.buffer, bytes.byteOffset, 256)
      used = 0
    }
    used += 1
    return words[used - 1] ?? 0
  }
}
