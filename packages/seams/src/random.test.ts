import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seededRandom, systemRandom, type Random } from './random.ts'

const draws = (random: Random, count = 20): number[] =>
  Array.from({ length: count }, () => random.next())

/** sfc32 as PractRand writes it, in unsigned arithmetic modulo 2³². */
function* practRand(key: string): Generator<bigint> {
  const digest = createHash('sha256').update(key).digest()
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at))) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  for (;;) {
    const result = BigInt.asUintN(32, a + b + counter)
    counter += 1n
    a = b ^ (b >> 9n)
    b = BigInt.asUintN(32, c + (c << 3n))
    c = BigInt.asUintN(32, BigInt.asUintN(32, (c << 21n) | (c >> 11n)) + result)
    yield result
  }
}

describe('seeded chance', () => {
  it('is sfc32 keyed with the SHA-256 of the seed', () => {
    const random = seededRandom(7)
    const words = practRand('number:7')
    for (let i = 0; i < 1_000; i += 1) {
      const word = words.next().value as bigint
      expect(random.hex(8)).toBe(word.toString(16).padStart(8, '0'))
    }
  })

  it('draws the same on every machine', () => {
    const random = seededRandom('holdfast')
    expect([random.hex(12), random.integer(1_000_000), random.next()]).toMatchInlineSnapshot(`
      [
        "c9df88cae2a9",
        338190,
        0.007359981197411547,
      ]
    `)
  })

  it('repeats with its seed, and differs with every other, also with the text of a number', () => {
    expect(draws(seededRandom(1))).toEqual(draws(seededRandom(1)))
    expect(draws(seededRandom(1))).not.toEqual(draws(seededRandom(2)))
    expect(draws(seededRandom(1))).not.toEqual(draws(seededRandom('1')))
  })

  it('splits into streams that depend on the seed and the names only', () => {
    const random = seededRandom(1)
    const before = draws(random.split('arm'))
    draws(random)
    expect(draws(random.split('arm'))).toEqual(before)
    expect(draws(seededRandom(2).split('arm'))).not.toEqual(before)
  })

  it('keeps streams apart whose names only join to the same text', () => {
    const random = seededRandom(1)
    const streams = [
      random,
      random.split('ab'),
      random.split('a').split('b'),
      random.split('a/b'),
      random.split('a"/"b'),
      random.split(''),
    ].map((stream) => stream.hex(32))
    expect(new Set(streams).size).toBe(streams.length)
  })

  it('falls evenly: χ² over 64 cells of 64 000 draws stays below the 99.9 % point', () => {
    const cells = Array.from({ length: 64 }, () => 0)
    const random = seededRandom(5)
    for (let i = 0; i < 64_000; i += 1) {
      const cell = random.integer(64)
      cells[cell] = (cells[cell] ?? 0) + 1
    }
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)
    expect(chiSquare).toBeLessThan(103.4)
  })
})

describe.each([
  ['seeded', seededRandom(3)],
  ['the system’s', systemRandom],
])('%s chance', (_, random) => {
  it('draws multiples of 2⁻⁵³ in [0, 1)', () => {
    for (const draw of draws(random, 1_000)) {
      expect(draw).toBeGreaterThanOrEqual(0)
      expect(draw).toBeLessThan(1)
      expect(Number.isInteger(draw * 2 ** 53)).toBe(true)
    }
  })

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN])('refuses %s as a bound', (bound) => {
    expect(() => random.integer(bound)).toThrow(`got ${bound}`)
  })

  it('gives as many lower-case hexadecimal digits as asked, none twice', () => {
    expect(random.hex(0)).toBe('')
    expect(random.hex(13)).toMatch(/^[0-9a-f]{13}$/)
    // More than the system's generator is asked for at a time.
    expect(random.hex(5_000)).toMatch(/^[0-9a-f]{5000}$/)
    expect(random.hex(32)).not.toBe(random.hex(32))
  })
})

describe('the system’s chance', () => {
  it('is its own split', () => {
    expect(systemRandom.split('any')).toBe(systemRandom)
  })
})
